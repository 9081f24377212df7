import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import { Readable } from "node:stream";
import type { Express, NextFunction, Request, Response } from "express";
import type { Gatewatch } from "../create-gatewatch.ts";
import { type AdapterDriver, testExchangeContract } from "./contract/exchange-contract.ts";
import { testFatesContract } from "./contract/fates-contract.ts";
import { type NativeDriver, testNativeContract } from "./contract/native-contract.ts";
import type { NodeHandler } from "./contract/scenarios.ts";
import { gatewatch } from "./express.ts";

const require = createRequire(import.meta.url);
const createExpress = require("express4") as () => Express;

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

const WAYS: [string, (app: Express, core: Gatewatch) => void][] = [
  ["Express 4, app.use(gatewatch())", (app, core) => void app.use(gatewatch(core))],
  ["Express 4, gatewatch(app)", (app, core) => void gatewatch(app, core)],
];

for (const [name, guard] of WAYS) {
  const driver: AdapterDriver = {
    name,
    route: "*",
    createServer: (handle, core, handedOn) =>
      createApp((app) => core !== undefined && guard(app, core), handle, handedOn),
  };
  testExchangeContract(driver);
  testFatesContract(driver);
  const native: NativeDriver = {
    name,
    route: "/items/:id",
    errorStatus: 500,
    createServer(answer, core) {
      const app = createExpress();
      app.set("env", "test");
      if (core !== undefined) guard(app, core);
      app.get("/items/:id", (_request, response, next) => {
        const send = (body: unknown) => (body instanceof Readable ? body.pipe(response) : response.send(body));
        void Promise.resolve(answer()).then(send).then(undefined, next);
      });
      return createServer(app);
    },
  };
  testNativeContract(native);
}
