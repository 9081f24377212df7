import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { afterAll, beforeAll, vi } from "vitest";
import type { Gatewatch } from "../create-gatewatch.ts";
import { keepGlobals } from "./contract/keep-globals.ts";
import { testLayersContract } from "./contract/layers-contract.ts";
import { answerFetch } from "./contract/layers-contract/answer-fetch.ts";
import type { App } from "./contract/layers-contract/target.ts";
import { gatewatch, guard } from "./hono.ts";

keepGlobals();
beforeAll(() => {
  // Hono's own handler of errors writes them there.
  vi.spyOn(console, "error").mockReturnValue();
});
afterAll(() => void vi.restoreAllMocks());

function addRoutes(app: Hono, { routes, onError }: App): Hono {
  for (const { method, path, guard: options, answer } of routes) {
    const guards = options === undefined ? [] : [guard(options)];
    const handler = (context: Context): Response | Promise<Response> => {
      const call = {
        gatewatch: context.get("gatewatch"),
        id: context.req.param("id") ?? "",
        readText: () => context.req.text(),
      };
      const given = answer(call);
      return given instanceof Promise ? given.then(answerFetch) : answerFetch(given);
    };
    app.on(method, [path], ...guards, handler);
  }
  if (onError !== undefined) app.onError((error) => answerFetch(onError(error)));
  return app;
}

const WAYS: readonly [string, (core: Gatewatch, app: App) => Hono][] = [
  ["app.use(gatewatch())", (core, app) => addRoutes(new Hono().use(gatewatch(core)), app)],
  ["gatewatch(app)", (core, app) => gatewatch(addRoutes(new Hono(), app), core)],
];

for (const [way, create] of WAYS) {
  testLayersContract({
    name: `Hono on @hono/node-server, ${way}`,
    start: (core, app) => createAdaptorServer({ fetch: create(core, app).fetch }) as Server,
  });
}
