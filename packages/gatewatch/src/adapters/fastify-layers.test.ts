import Fastify, { type FastifyInstance, type FastifyReply } from "fastify";
import type { Gatewatch } from "../create-gatewatch.ts";
import { testLayersContract } from "./contract/layers-contract.ts";
import { deliver } from "./contract/layers-contract/answer-node.ts";
import type { App, AppAnswer } from "./contract/layers-contract/target.ts";
import { gatewatch, guard } from "./fastify.ts";

function send(reply: FastifyReply, { status = 200, headers = {}, body }: AppAnswer): void {
  void reply.code(status).headers(headers).send(body);
}

async function start(guardApp: (app: FastifyInstance, core: Gatewatch) => unknown, core: Gatewatch, given: App) {
  const { routes, onError } = given;
  const app = Fastify();
  guardApp(app, core);
  if (onError !== undefined) app.setErrorHandler((error, _request, reply) => send(reply, onError(error)));
  app.register(async (scope) => {
    for (const { method, path, guard: options, answer } of routes) {
      scope.route<{ Params: { id: string } }>({
        method,
        url: path,
        ...(options === undefined ? {} : { preHandler: guard(options) }),
        handler(request, reply) {
          const { gatewatch: tell, params, body } = request;
          const call = { gatewatch: tell, id: params.id, readText: async () => String(body) };
          const delivered = deliver(answer(call), (given) => send(reply, given));
          return delivered instanceof Promise ? delivered.then(() => reply) : undefined;
        },
      });
    }
  });
  // Fastify's server answers once the app is ready.
  await app.ready();
  return app.server;
}

testLayersContract({
  name: "Fastify, app.register(gatewatch)",
  start: (core, app) => start((fastify) => fastify.register(gatewatch, core), core, app),
});
testLayersContract({
  name: "Fastify, gatewatch(app)",
  start: (core, app) => start((fastify) => gatewatch(fastify, core), core, app),
});
