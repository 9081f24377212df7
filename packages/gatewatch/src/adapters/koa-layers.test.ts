import { createServer } from "node:http";
import Koa, { type Context, type Middleware } from "koa";
import type { Gatewatch } from "../create-gatewatch.ts";
import { testLayersContract } from "./contract/layers-contract.ts";
import { callOf } from "./contract/layers-contract/answer-node.ts";
import { matchRoute } from "./contract/layers-contract/match-route.ts";
import type { App, AppAnswer } from "./contract/layers-contract/target.ts";
import { gatewatch, guard } from "./koa.ts";

function send(context: Context, { status = 200, headers = {}, body }: AppAnswer): void {
  context.status = status;
  context.set(headers as Record<string, string>);
  context.body = body;
}

/** Does what a router does, and leaves the template as @koa/router does. */
function createRouter({ routes }: App): Middleware {
  const guarded = routes.map((route) => ({ ...route, guardian: route.guard && guard(route.guard) }));
  return async (context, next) => {
    const found = matchRoute(guarded, context.method, context.url);
    if (found === undefined) return await next();
    const { route, id } = found;
    context["_matchedRoute"] = route.path;
    const answer = async (): Promise<void> => send(context, await route.answer(callOf(context.req, id)));
    return route.guardian === undefined ? await answer() : ((await route.guardian(context, answer)) as undefined);
  };
}

function start(guardApp: (app: Koa, core: Gatewatch) => unknown, core: Gatewatch, app: App) {
  const koa = new Koa();
  koa.silent = true;
  const { onError } = app;
  guardApp(koa, core);
  if (onError !== undefined) {
    koa.use(async (context, next) => {
      try {
        await next();
      } catch (error) {
        koa.emit("error", error, context);
        send(context, onError(error));
      }
    });
  }
  koa.use(createRouter(app));
  return createServer(koa.callback());
}

testLayersContract({
  name: "Koa, app.use(gatewatch())",
  cannot: {
    "with respond our answer takes the place of the app's":
      "a middleware behind it answers what it catches; gatewatch(app) stands around each",
  },
  start: (core, app) => start((koa) => koa.use(gatewatch(core)), core, app),
});
testLayersContract({
  name: "Koa, gatewatch(app)",
  start: (core, app) => start((koa) => gatewatch(koa, core), core, app),
});
