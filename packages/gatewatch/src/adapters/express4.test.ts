import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { Express, NextFunction, Request, Response } from "express";
import { testExchangeContract } from "./contract/exchange-contract.ts";
import type { NodeHandler } from "./contract/scenarios.ts";
import { gatewatch } from "./express.ts";

const createExpress = createRequire(import.meta.url)("express4") as () => Express;

function createApp(guard: (app: Express) => void, handle: NodeHandler, handedOn: (error: unknown) => void): Server {
  const app = createExpress();
  guard(app);
  // Express 4 does not look at what a handler returns: apps hand their rejections on themselves.
  app.all("*", (request, response, next) => {
    const result = handle(request, response);
    if (result instanceof Promise) void result.then(undefined, next);
  });
  app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    handedOn(error);
    if (response.headersSent) next(error);
    else response.status(500).end("sorry");
  });
  app.set("env", "test");
  return createServer(app);
}

testExchangeContract({
  name: "Express 4, app.use(gatewatch())",
  createServer: (handle, core, handedOn) =>
    createApp((app) => core !== undefined && void app.use(gatewatch(core)), handle, handedOn),
});

testExchangeContract({
  name: "Express 4, gatewatch(app)",
  createServer: (handle, core, handedOn) =>
    createApp((app) => core !== undefined && void gatewatch(app, core), handle, handedOn),
});
