import { createServer, type Server } from "node:http";
import Koa from "koa";
import { testBodyContract } from "./contract/body-contract.ts";
import { type AdapterDriver, testExchangeContract } from "./contract/exchange-contract.ts";
import type { Gatewatch } from "../create-gatewatch.ts";
import { testFatesContract } from "./contract/fates-contract.ts";
import { type NativeDriver, testNativeContract } from "./contract/native-contract.ts";
import type { NodeHandler } from "./contract/scenarios.ts";
import { gatewatch } from "./koa.ts";

/** The handlers of the contract write the response of Node's themselves. */
function createApp(guard: (app: Koa) => void, handle: NodeHandler, handedOn: (error: unknown) => void): Server {
  const app = new Koa();
  guard(app);
  app.use(async (context) => {
    context.respond = false;
    // As @koa/router leaves it.
    context["_matchedRoute"] = "/{*path}";
    context.res.statusCode = 200;
    await handle(context.req, context.res);
  });
  app.on("error", (error: unknown, { req, res }: Koa.Context) => {
    // Koa tells of clients that have gone away, too.
    if (req.socket.errored !== error) handedOn(error);
    if (res.headersSent) res.destroy();
  });
  return createServer(app.callback());
}

function createDriver(name: string, guard: (app: Koa, core: Gatewatch) => void): AdapterDriver {
  return {
    name,
    route: "/{*path}",
    createServer: (handle, core, handedOn) =>
      createApp((app) => core !== undefined && guard(app, core), handle, handedOn),
  };
}

const DRIVERS = [
  createDriver("Koa, app.use(gatewatch())", (app, core) => void app.use(gatewatch(core))),
  createDriver("Koa, gatewatch(app)", (app, core) => void gatewatch(app, core)),
];

for (const driver of DRIVERS) testExchangeContract(driver);
testBodyContract(DRIVERS[0]!);
for (const driver of DRIVERS) testFatesContract(driver);
const native: NativeDriver = {
  name: "Koa",
  route: "/items/:id",
  errorStatus: 500,
  createServer(answer, core) {
    const app = new Koa();
    if (core !== undefined) gatewatch(app, core);
    app.silent = true;
    app.use(async (context) => {
      context["_matchedRoute"] = "/items/:id";
      context.body = await answer();
    });
    return createServer(app.callback());
  },
};
testNativeContract(native);
