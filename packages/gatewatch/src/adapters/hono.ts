import type { Context, Env, Hono, MiddlewareHandler, Next, Schema } from "hono";
import type { Gatewatch, GatewatchOptions } from "../create-gatewatch.ts";
import { guardFetch } from "../gate/fetch/guard-fetch.ts";
import { RouteLayers } from "../gate/route-layers.ts";
import { resolveRouteOptions, type RouteOptions } from "../options/resolve-route-options.ts";
import type { RequestHandle } from "../gate/request-handle.ts";
import type { GatewatchRequest } from "./fetch.ts";
import { openFetchOnce } from "./fetch/open-fetch-once.ts";
import { passContext } from "./hono/pass-context.ts";
import { putBefore } from "./hono/put-before.ts";
import { readRest } from "./hono/read-rest.ts";
import { resolveGatewatch } from "./resolve-gatewatch.ts";

declare module "hono" {
  interface ContextVariableMap {
    /** Facts that travel with this request's events. */
    gatewatch: RequestHandle;
  }
}

/**
 * Guards and watches a Hono app by one line: `app.use(gatewatch())` before everything else, or `gatewatch(app)` at any time.
 * Errors that the app's own handler answers are seen; who answers, and what, stays as it was.
 * @param options settings, or a Gatewatch made by `createGatewatch` that serves several apps.
 * @throws ConfigError for a mistake in the options.
 */
export function gatewatch(options?: GatewatchOptions | Gatewatch): MiddlewareHandler;
export function gatewatch<E extends Env, S extends Schema, B extends string>(
  app: Hono<E, S, B>,
  options?: GatewatchOptions | Gatewatch,
): Hono<E, S, B>;
export function gatewatch(
  target: AnyApp | GatewatchOptions | Gatewatch = {},
  options: GatewatchOptions | Gatewatch = {},
): MiddlewareHandler | AnyApp {
  if (!isApp(target)) return createMiddleware(resolveGatewatch(target));
  target.router = putBefore(target.router, createMiddleware(resolveGatewatch(options)));
  return target;
}

/**
 * Further layers on some routes, behind `gatewatch()`: `app.post("/pay", guard({ rateLimit: { limit: 5 } }), pay)`. They run where they
 * stand: the user is known to them when what finds it stands before.
 * @throws ConfigError for a mistake in the options.
 */
export function guard(options: RouteOptions): MiddlewareHandler {
  const layers = new RouteLayers(resolveRouteOptions(options));
  return function gatewatchGuard(context, next) {
    return guardFetch(layers, context.req.raw, next) as Promise<Response | void>;
  };
}

// oxlint-disable-next-line typescript/no-explicit-any -- an app of whatever types
type AnyApp = Hono<any, any, any>;

function isApp(target: object): target is AnyApp {
  return "router" in target && "fetch" in target && typeof target.fetch === "function";
}

function createMiddleware(core: Gatewatch): MiddlewareHandler {
  return function gatewatchMiddleware(context: Context, next: Next) {
    const request = context.req.raw;
    const x = openFetchOnce(core, request, readRest(context));
    context.set("gatewatch", (request as GatewatchRequest).gatewatch);
    return x === undefined ? next() : passContext(core, x, context, next);
  };
}
