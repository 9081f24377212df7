import Fastify, { type FastifyInstance } from "fastify";
import type { Server } from "node:http";
import { Readable } from "node:stream";
import { testBodyContract } from "./contract/body-contract.ts";
import { type AdapterDriver, testExchangeContract } from "./contract/exchange-contract.ts";
import type { Gatewatch } from "../create-gatewatch.ts";
import { testFatesContract } from "./contract/fates-contract.ts";
import { type NativeDriver, testNativeContract } from "./contract/native-contract.ts";
import type { NodeHandler } from "./contract/scenarios.ts";
import { gatewatch } from "./fastify.ts";

type Guard = (app: FastifyInstance, core: Gatewatch) => unknown;

/** The handlers of the contract read the request and write the response of Node's themselves. */
function createApp(handle: NodeHandler, handedOn: (error: unknown) => void): FastifyInstance {
  const app = Fastify();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, _payload, done) => done(null));
  app.setErrorHandler((error, _request, reply) => {
    handedOn(error);
    if (reply.raw.headersSent) reply.raw.destroy();
    else void reply.code(500).send("sorry");
  });
  return app;
}

function addRoute(app: FastifyInstance, handle: NodeHandler): void {
  app.all("/*", async (request, reply) => {
    await handle(request.raw, reply.raw);
    reply.hijack();
  });
}

/** Fastify's server answers once the app is ready. */
async function serverOf(app: FastifyInstance): Promise<Server> {
  await app.ready();
  return app.server;
}

function createDriver(name: string, guard: Guard, guardLast: Guard): AdapterDriver {
  return {
    name,
    route: "/*",
    async createServer(handle, core, handedOn) {
      const app = createApp(handle, handedOn);
      if (core !== undefined) guard(app, core);
      void app.register(async (scope) => addRoute(scope, handle));
      if (core !== undefined) guardLast(app, core);
      return serverOf(app);
    },
  };
}

const nothing = (): undefined => undefined;
const DRIVERS = [
  createDriver("Fastify, app.register(gatewatch) first", (app, core) => app.register(gatewatch, core), nothing),
  createDriver("Fastify, app.register(gatewatch) last", nothing, (app, core) => app.register(gatewatch, core)),
  createDriver("Fastify, gatewatch(app)", (app, core) => gatewatch(app, core), nothing),
];

for (const driver of DRIVERS) testExchangeContract(driver);
testBodyContract(DRIVERS[0]!);
for (const driver of DRIVERS) testFatesContract(driver);
const native: NativeDriver = {
  name: "Fastify",
  route: "/items/:id",
  errorStatus: 500,
  async createServer(answer, core) {
    const app = Fastify();
    if (core !== undefined) gatewatch(app, core);
    app.get("/items/:id", async (_request, reply) => {
      const body = await answer();
      if (body instanceof Readable) void reply.type("text/plain");
      return reply.send(body);
    });
    return await serverOf(app);
  },
};
testNativeContract(native);
