import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import type { Http2SecureServer, Http2Server, Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { Server as SecureServer } from "node:https";
import { RouteLayers } from "../gate/route-layers.ts";
import { guardRequest } from "../gate/node/guard-request.ts";
import type { RequestHandle } from "../gate/request-handle.ts";
import { resolveRouteOptions, type RouteOptions } from "../options/resolve-route-options.ts";
import type { Gatewatch, GatewatchOptions } from "../create-gatewatch.ts";
import { resolveGatewatch } from "./resolve-gatewatch.ts";
import { attachServer, wrapListener } from "./node/wrap-listener.ts";

declare module "node:http" {
  interface IncomingMessage {
    /** Facts that travel with this request's events; there on every request that passes through Gatewatch. */
    gatewatch: RequestHandle;
  }
}

declare module "node:http2" {
  interface Http2ServerRequest {
    /** Facts that travel with this request's events; there on every request that passes through Gatewatch. */
    gatewatch: RequestHandle;
  }
}

/** A listener of `node:http2`'s compatible API. */
export type Http2Listener = (request: Http2ServerRequest, response: Http2ServerResponse) => unknown;
type AnyServer = Server | SecureServer | Http2Server | Http2SecureServer;

/**
 * Guards and watches a `node:http` or `node:http2` app by one line: `createServer(gatewatch(listener))`, or `gatewatch(server)` for a
 * server that exists.
 * @param options settings, or a Gatewatch made by `createGatewatch` that serves several apps.
 * @throws ConfigError for a mistake in the options.
 */
export function gatewatch(listener: RequestListener, options?: GatewatchOptions | Gatewatch): RequestListener;
export function gatewatch(listener: Http2Listener, options?: GatewatchOptions | Gatewatch): Http2Listener;
export function gatewatch<S extends AnyServer>(server: S, options?: GatewatchOptions | Gatewatch): S;
export function gatewatch(
  target: RequestListener | Http2Listener | AnyServer,
  options: GatewatchOptions | Gatewatch = {},
): RequestListener | Http2Listener | AnyServer {
  const core = resolveGatewatch(options);
  // HTTP/2's compatible API has the same shape wherever the gate looks.
  if (typeof target === "function") return wrapListener(core, target as RequestListener);
  attachServer(core, target as Server);
  return target;
}

/**
 * Further layers on some requests, inside of `gatewatch()`: `guard({ rateLimit: { limit: 5 } }, pay)` is a listener to be called from the guarded
 * one, which has told the user and the route by then.
 * @throws ConfigError for a mistake in the options.
 */
export function guard(options: RouteOptions, listener: RequestListener): RequestListener;
export function guard(options: RouteOptions, listener: Http2Listener): Http2Listener;
export function guard(
  options: RouteOptions,
  listener: RequestListener | Http2Listener,
): RequestListener | Http2Listener {
  const layers = new RouteLayers(resolveRouteOptions(options));
  const inner = listener as RequestListener;
  return function gatewatchGuard(this: Server, request: IncomingMessage, response: ServerResponse) {
    return guardRequest(layers, request, response, () => inner.call(this, request, response) as unknown);
  } as RequestListener;
}
