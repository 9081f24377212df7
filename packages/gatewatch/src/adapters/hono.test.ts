import { createAdaptorServer } from "@hono/node-server";
import type { Server } from "node:http";
import { Hono } from "hono";
import { testFetchContract } from "./contract/fetch-contract.ts";
import { keepGlobals } from "./contract/keep-globals.ts";
import type { PlainHandler } from "./contract/fetch-scenarios.ts";
import { gatewatch } from "./hono.ts";
import type { Gatewatch } from "../create-gatewatch.ts";

function createApp(handle: PlainHandler, instance: Gatewatch | undefined, handedOn: (error: unknown) => void): Hono {
  const app = new Hono();
  if (instance !== undefined) app.use(gatewatch(instance));
  app.all("/*", (context) => handle(context.req.raw));
  app.onError((error, context) => {
    handedOn(error);
    return context.text("app: 500", 500);
  });
  return app;
}

keepGlobals();
testFetchContract({
  name: "gatewatch/hono on @hono/node-server",
  tellsPeer: true,
  createServer: (...given) => createAdaptorServer({ fetch: createApp(...given).fetch }) as Server,
});
