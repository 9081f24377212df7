import { createServer } from "node:http";
import express, { type NextFunction, type Request, type Response } from "express";
import type { Gatewatch } from "../create-gatewatch.ts";
import { testExchangeContract } from "./contract/exchange-contract.ts";
import type { NodeHandler } from "./contract/scenarios.ts";
import { gatewatch } from "./express.ts";

function createApp(guard: (app: express.Express) => void, handle: NodeHandler, handedOn: (error: unknown) => void) {
  const app = express();
  guard(app);
  app.all("/{*path}", (request, response) => handle(request, response));
  // Express takes handlers with four parameters for error handlers.
  app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    handedOn(error);
    if (response.headersSent) next(error);
    else response.status(500).end("sorry");
  });
  app.set("env", "test");
  return createServer(app);
}

testExchangeContract({
  name: "Express, app.use(gatewatch())",
  createServer: (handle, core, handedOn) =>
    createApp((app) => core !== undefined && void app.use(gatewatch(core)), handle, handedOn),
});

testExchangeContract({
  name: "Express, gatewatch(app)",
  createServer: (handle, core: Gatewatch | undefined, handedOn) =>
    createApp((app) => core !== undefined && void gatewatch(app, core), handle, handedOn),
});
