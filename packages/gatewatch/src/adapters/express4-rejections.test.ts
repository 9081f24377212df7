import { once } from "node:events";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { StartedApp } from "./contract/started-app.ts";

const standIn = fileURLToPath(new URL("express4-app-stand-in.ts", import.meta.url));
let app: StartedApp;
afterEach(() => app.stop());

/** Asks, and goes on without waiting for an answer: Express 4 gives none. */
async function ask(mode: string): Promise<() => void> {
  app = await StartedApp.start(["--conditions=source", standIn, mode], process.cwd());
  const socket = connect(Number(new URL(app.url).port), "127.0.0.1");
  await once(socket, "connect");
  socket.on("error", () => undefined);
  socket.write("GET /items/7 HTTP/1.1\r\nHost: test\r\n\r\n");
  return () => socket.destroy();
}

/** What the local log says of it. */
const LINE = {
  err: { message: "nobody hears of it" },
  req: { method: "GET", url: "/items/7", route: "/items/:id" },
  errorId: expect.any(String),
};
const hasError = (line: Record<string, unknown>): boolean => typeof line["err"] === "object";
const failures = () => app.lines.filter(hasError);

describe("a handler of Express 4 that rejects", () => {
  it("ends the process as it does without Gatewatch, and its error is recorded with the request", async () => {
    const codes = [];
    for (const mode of ["bare", "guarded"]) {
      await ask(mode);
      codes.push(await app.ended());
    }
    expect(codes).toEqual([1, 1]);
    expect(failures()).toMatchObject([LINE]);
  });

  it("is left to the app's own listener, and recorded all the same", async () => {
    const leave = await ask("handled");
    await app.untilLine(hasError);
    leave();
    await app.untilLine(({ type }) => type === "error");
    expect(failures()).toMatchObject([LINE]);
    const error = app.lines.find(({ type }) => type === "error");
    expect(error).toMatchObject({
      mechanism: "unhandledRejection",
      exceptions: [{ message: "nobody hears of it" }],
      request: { url: "/items/7", route: "/items/:id" },
    });
  });
});
