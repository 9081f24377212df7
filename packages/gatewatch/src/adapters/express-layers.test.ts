import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import { Readable } from "node:stream";
import createExpress5, { type NextFunction, type Request, type Response } from "express";
import type { Gatewatch } from "../create-gatewatch.ts";
import { testLayersContract } from "./contract/layers-contract.ts";
import { deliver } from "./contract/layers-contract/answer-node.ts";
import type { App, AppAnswer } from "./contract/layers-contract/target.ts";
import { gatewatch, guard } from "./express.ts";

type Express = ReturnType<typeof createExpress5>;
type Guard = (app: Express, core: Gatewatch) => unknown;

const createExpress4 = createRequire(import.meta.url)("express4") as typeof createExpress5;

function send(response: Response, { status = 200, headers = {}, body }: AppAnswer): void {
  response.status(status).set(headers);
  if (body instanceof Readable) body.pipe(response);
  else response.send(body);
}

function start(express: typeof createExpress5, guardApp: Guard, core: Gatewatch, { routes, onError }: App): Server {
  const app = express().set("env", "test");
  guardApp(app, core);
  app.use(createExpress5.text());
  for (const { method, path, guard: options, answer } of routes) {
    const guards = options === undefined ? [] : [guard(options)];
    app[method === "GET" ? "get" : "post"](path, ...guards, (request: Request, response, next) => {
      const call = {
        gatewatch: request.gatewatch,
        id: String(request.params["id"]),
        readText: async () => String(request.body),
      };
      const delivered = deliver(answer(call), (given) => send(response, given));
      if (express === createExpress5) return delivered;
      // Apps of Express 4 hand on their rejections themselves.
      void Promise.resolve(delivered).then(undefined, next);
    });
  }
  if (onError !== undefined) {
    app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
      send(response, onError(error));
    });
  }
  return createServer(app);
}

const WAYS: readonly [string, Guard][] = [
  ["app.use(gatewatch())", (app, core) => app.use(gatewatch(core))],
  ["gatewatch(app)", (app, core) => gatewatch(app, core)],
];

for (const [way, guardApp] of WAYS) {
  testLayersContract({
    name: `Express 5, ${way}`,
    start: (core, app) => start(createExpress5, guardApp, core, app),
  });
  testLayersContract({
    name: `Express 4, ${way}`,
    start: (core, app) => start(createExpress4, guardApp, core, app),
  });
}
