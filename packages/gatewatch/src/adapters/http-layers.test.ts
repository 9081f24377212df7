import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import type { Gatewatch } from "../create-gatewatch.ts";
import { testLayersContract } from "./contract/layers-contract.ts";
import { answerNode, callOf, deliver } from "./contract/layers-contract/answer-node.ts";
import { matchRoute } from "./contract/layers-contract/match-route.ts";
import type { App, LayersTarget } from "./contract/layers-contract/target.ts";
import { gatewatch, guard } from "./http.ts";

/** A listener with a router of its own, as apps without a framework have one. */
function createListener(core: Gatewatch, { routes, onError }: App): RequestListener {
  const ids = new WeakMap<object, string>();
  const listeners = routes.map((route) => {
    const answer: RequestListener = (request, response) =>
      deliver(route.answer(callOf(request, ids.get(request) ?? "")), (given) => answerNode(response, given));
    return { ...route, listener: route.guard === undefined ? answer : guard(route.guard, answer) };
  });
  const gated = gatewatch(function app(this: Server, request, response) {
    const found = matchRoute(listeners, request.method ?? "GET", request.url ?? "/");
    if (found === undefined) return answerNode(response, { status: 404, body: "not here" });
    ids.set(request, found.id);
    request.gatewatch.route = found.route.path;
    return found.route.listener.call(this, request, response);
  }, core);
  // Whoever listens without a framework answers exceptions, or is ended by them.
  return async function listener(this: never, request, response) {
    try {
      await gated.call(this, request, response);
    } catch (error) {
      answerNode(response, onError?.(error) ?? { status: 500, body: "sorry" });
    }
  };
}

const cannot = {
  "an error that nobody handles is answered without what it says": "Node has no answer to exceptions of its own",
};

const TARGETS: readonly LayersTarget[] = [
  { name: "node:http", cannot, start: (core, app) => createServer(createListener(core, app)) },
  {
    name: "node:http2",
    protocol: "http2",
    cannot,
    start: (core, app) => createHttp2Server(createListener(core, app) as never) as never,
  },
];

for (const target of TARGETS) testLayersContract(target);
