import { guardFetch } from "../gate/fetch/guard-fetch.ts";
import { passFetch } from "../gate/fetch/pass-fetch.ts";
import { RouteLayers } from "../gate/route-layers.ts";
import { resolveRouteOptions, type RouteOptions } from "../options/resolve-route-options.ts";
import type { RequestHandle } from "../gate/request-handle.ts";
import type { Gatewatch, GatewatchOptions } from "../create-gatewatch.ts";
import { openFetchOnce } from "./fetch/open-fetch-once.ts";
import { resolveGatewatch } from "./resolve-gatewatch.ts";

/** The request that a handler gets. */
export interface GatewatchRequest extends Request {
  /** Facts that travel with this request's events. */
  gatewatch: RequestHandle;
}

/** Any function from a request to a response, whatever else its runtime hands to it. */
export type FetchHandler<R extends unknown[] = never[]> = (
  request: GatewatchRequest,
  ...rest: R
) => Response | Promise<Response>;

/** What the runtime gets: it calls it with its own requests. */
export type GuardedHandler<R extends unknown[]> = (request: Request, ...rest: R) => Response | Promise<Response>;

/**
 * Guards and watches a fetch handler by one line: `Bun.serve({ fetch: gatewatch(handler) })`, `Deno.serve(gatewatch(handler))`,
 * `export default gatewatch({ fetch: handler })`.
 * @param options settings, or a Gatewatch made by `createGatewatch` that serves several apps.
 * @throws ConfigError for a mistake in the options.
 */
export function gatewatch<R extends unknown[]>(
  handler: FetchHandler<R>,
  options?: GatewatchOptions | Gatewatch,
): GuardedHandler<R>;
export function gatewatch<R extends unknown[], S extends { fetch: FetchHandler<R> }>(
  server: S & { fetch: FetchHandler<R> },
  options?: GatewatchOptions | Gatewatch,
): Omit<S, "fetch"> & { fetch: GuardedHandler<R> };
export function gatewatch<R extends unknown[]>(
  target: FetchHandler<R> | { fetch: FetchHandler<R> },
  options: GatewatchOptions | Gatewatch = {},
): GuardedHandler<R> | { fetch: GuardedHandler<R> } {
  const core = resolveGatewatch(options);
  if (typeof target === "function") return wrapHandler(core, target);
  return { ...target, fetch: wrapHandler(core, target.fetch) };
}

/**
 * Further layers on some requests, inside of `gatewatch()`: `guard({ rateLimit: { limit: 5 } }, pay)` is a handler to be called from the
 * guarded one, which has told the user and the route by then.
 * @throws ConfigError for a mistake in the options.
 */
export function guard<R extends unknown[]>(options: RouteOptions, handler: FetchHandler<R>): GuardedHandler<R> {
  const layers = new RouteLayers(resolveRouteOptions(options));
  return function gatewatchGuard(this: unknown, request, ...rest) {
    const proceed = (): unknown => handler.call(this, request as GatewatchRequest, ...rest);
    return guardFetch(layers, request, proceed) as Response | Promise<Response>;
  };
}

function wrapHandler<R extends unknown[]>(core: Gatewatch, handler: FetchHandler<R>): GuardedHandler<R> {
  return function gatewatchHandler(this: unknown, request, ...rest) {
    const x = openFetchOnce(core, request, rest);
    const proceed = (): unknown => handler.call(this, request as GatewatchRequest, ...rest);
    return (x === undefined ? proceed() : passFetch(core, x, proceed)) as Response | Promise<Response>;
  };
}
