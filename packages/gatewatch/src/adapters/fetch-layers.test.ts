import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import type { Gatewatch } from "../create-gatewatch.ts";
import { serveFetch } from "./contract/fetch-bridge.ts";
import { keepGlobals } from "./contract/keep-globals.ts";
import { testLayersContract } from "./contract/layers-contract.ts";
import { answerFetch } from "./contract/layers-contract/answer-fetch.ts";
import { matchRoute } from "./contract/layers-contract/match-route.ts";
import type { App, AppAnswer } from "./contract/layers-contract/target.ts";
import { gatewatch, guard, type FetchHandler, type GatewatchRequest, type GuardedHandler } from "./fetch.ts";

keepGlobals();

function createHandler(core: Gatewatch, { routes, onError }: App): GuardedHandler<[]> {
  const ids = new WeakMap<object, string>();
  const handlers = routes.map((route) => {
    const answer: FetchHandler<[]> = (request) => {
      const { gatewatch: tell } = request;
      const call = { gatewatch: tell, id: ids.get(request) ?? "", readText: () => request.text() };
      const given: AppAnswer | Promise<AppAnswer> = route.answer(call);
      return given instanceof Promise ? given.then(answerFetch) : answerFetch(given);
    };
    const handler = route.guard === undefined ? answer : guard(route.guard, answer);
    return { ...route, handler: handler as FetchHandler<[]> };
  });

  function route(request: GatewatchRequest): Response | Promise<Response> {
    const found = matchRoute(handlers, request.method, new URL(request.url).pathname);
    if (found === undefined) return new Response("not here", { status: 404 });
    ids.set(request, found.id);
    request.gatewatch.route = found.route.path;
    return found.route.handler(request);
  }

  if (onError === undefined) return gatewatch(route, core);
  // Nothing but the app itself sees what it catches: it has to tell.
  return gatewatch(async (request) => {
    try {
      return await route(request);
    } catch (error) {
      request.gatewatch.captureError(error);
      return answerFetch(onError(error));
    }
  }, core);
}

const CAUGHT = {
  "with respond our answer takes the place of the app's": "what a handler catches nobody but the app itself answers",
};
const NO_PEER = "nothing but a server tells whose request it is, and unknown peers are trusted by nobody";

testLayersContract({
  name: "a fetch handler, by nothing but the standard",
  cannot: {
    ...CAUGHT,
    "a sound id of a trusted peer comes back": NO_PEER,
    "HSTS once a trusted proxy says https": NO_PEER,
    "addresses have limits of their own": NO_PEER,
    "a client of the deny list gets 403": NO_PEER,
    "an address may read that no proxy speaks for": NO_PEER,
  },
  start: (core, app) => serveFetch(createHandler(core, app)),
});
testLayersContract({
  name: "a fetch handler on @hono/node-server",
  cannot: CAUGHT,
  start: (core, app) => createAdaptorServer({ fetch: createHandler(core, app) as never }) as Server,
});
