import { afterAll, beforeAll } from "vitest";

/** @hono/node-server puts its own `Request` and `Response` in the place of the global ones; after these tests they are as before. */
export function keepGlobals(): void {
  const before = { Request, Response };
  beforeAll(() => {
    before.Request = Request;
    before.Response = Response;
  });
  afterAll(() => {
    Object.defineProperty(globalThis, "Request", { value: before.Request });
    Object.defineProperty(globalThis, "Response", { value: before.Response });
  });
}
