import type Koa from "koa";
import type { Context, Middleware, Next } from "koa";
import { RouteLayers } from "../gate/route-layers.ts";
import { guardRequest } from "../gate/node/guard-request.ts";
import type { RequestHandle } from "../gate/request-handle.ts";
import { resolveRouteOptions, type RouteOptions } from "../options/resolve-route-options.ts";
import type { Gatewatch, GatewatchOptions } from "../create-gatewatch.ts";
import { bindContext, KOA_VIEW } from "./koa/koa-view.ts";
import { passContext } from "./koa/pass-context.ts";
import { watchApp, watchMiddleware } from "./koa/watch-app.ts";
import { observeUpgrades } from "./node/observe-upgrades.ts";
import { handleOf, openExchangeOnce } from "./node/open-exchange-once.ts";
import { serverOf } from "./node/server-of.ts";
import { resolveGatewatch } from "./resolve-gatewatch.ts";

declare module "koa" {
  interface ExtendableContext {
    /** Facts that travel with this request's events. */
    gatewatch: RequestHandle;
  }
}

// oxlint-disable-next-line typescript/no-explicit-any -- an app with whatever state and context
type AnyApp = Koa<any, any>;

/**
 * Guards and watches a Koa app by one line: `app.use(gatewatch())` before everything else, or `gatewatch(app)` before `listen`.
 * Errors are seen where they leave the app's middleware and where they are told by `app.emit("error")`; with `gatewatch(app)` also those
 * that a middleware catches. Who answers, and what, stays as it was.
 * @param options settings, or a Gatewatch made by `createGatewatch` that serves several apps.
 * @throws ConfigError for a mistake in the options.
 */
export function gatewatch(options?: GatewatchOptions | Gatewatch): Middleware;
export function gatewatch<A extends AnyApp>(app: A, options?: GatewatchOptions | Gatewatch): A;
export function gatewatch(
  target: AnyApp | GatewatchOptions | Gatewatch = {},
  options: GatewatchOptions | Gatewatch = {},
): Middleware | AnyApp {
  if (!isApp(target)) return createMiddleware(resolveGatewatch(target));
  const core = resolveGatewatch(options);
  watchMiddleware(core, target);
  target.middleware.unshift(createMiddleware(core));
  return target;
}

/**
 * Further layers on some routes, behind `gatewatch()`: `router.post("/pay", guard({ rateLimit: { limit: 5 } }), pay)`.
 * @throws ConfigError for a mistake in the options.
 */
export function guard(options: RouteOptions): Middleware {
  const layers = new RouteLayers(resolveRouteOptions(options));
  return async function gatewatchGuard(context: Context, next: Next) {
    let isPassed = false;
    await guardRequest(layers, context.req, context.res, () => {
      isPassed = true;
      return next();
    });
    if (!isPassed) context.respond = false;
  };
}

function isApp(target: object): target is AnyApp {
  return "middleware" in target && "callback" in target;
}

function createMiddleware(core: Gatewatch): Middleware {
  const watched = new WeakSet<object>();
  return function gatewatchMiddleware(context: Context, next: Next) {
    const { app, req, res } = context;
    const x = openExchangeOnce(core, req, res, KOA_VIEW);
    bindContext(req, context);
    context.gatewatch = handleOf(req);
    if (!watched.has(app)) {
      watched.add(app);
      watchApp(core, app);
      observeUpgrades(core, serverOf(req));
    }
    return x === undefined ? next() : passContext(core, x, context, next, app.middleware[0] === gatewatchMiddleware);
  };
}
