import type { IncomingMessage, ServerResponse } from "node:http";
import type { Gatewatch, GatewatchOptions } from "../create-gatewatch.ts";
import { RouteLayers } from "../gate/route-layers.ts";
import { resolveRouteOptions, type RouteOptions } from "../options/resolve-route-options.ts";
import type { RequestHandle } from "../gate/request-handle.ts";
import { digestOf } from "./next/control-flow.ts";
import { openHost } from "./next/next-host.ts";
import type { NextErrorContext, NextErrorRequest } from "./next/next-types.ts";
import { watchHandler } from "./next/watch-handler.ts";

export type { NextErrorContext, NextErrorRequest } from "./next/next-types.ts";

type Handler<A extends unknown[], R> = (...args: A) => R;

/**
 * Guards and watches a Next app whose `instrumentation.ts` hands on this function and `onRequestError`.
 * With `next start` every request of the process passes through the gate, pages, routes, proxy and files alike.
 * @param options settings, or a Gatewatch made by `createGatewatch`; what an earlier call has set stays.
 * @throws ConfigError for a mistake in the options.
 */
export function register(options?: GatewatchOptions | Gatewatch): void {
  openHost(options).watchServers();
}

/** Next's own report of an error: recorded with its route, its kind and its digest. Never throws. */
export async function onRequestError(
  error: unknown,
  _request?: NextErrorRequest,
  context?: NextErrorContext,
): Promise<void> {
  try {
    const facts: Record<string, string> = {};
    const digest = digestOf(error);
    if (digest !== undefined) facts["next.digest"] = digest;
    if (context?.routerKind !== undefined) facts["next.router"] = context.routerKind;
    if (context?.routeType !== undefined) facts["next.route_type"] = context.routeType;
    if (context?.renderSource !== undefined) facts["next.render_source"] = context.renderSource;
    // Next's own pages, such as `/_not-found`, are no routes of the app.
    const route = context?.routePath?.startsWith("/_") === true ? undefined : context?.routePath;
    await openHost(undefined).fail(error, "next", facts, route);
  } catch {
    // The app's answer goes on whatever becomes of the report.
  }
}

/**
 * Watches a route handler of `app/` or `pages/api`: its errors are seen where they are thrown. Where no server of the process is seen,
 * as on serverless platforms, the handler passes through the gate here.
 */
export function withGatewatch<A extends unknown[], R>(
  handler: Handler<A, R>,
  options?: GatewatchOptions | Gatewatch,
): Handler<A, R> {
  return function gatewatchHandler(this: unknown, ...args) {
    const host = openHost(options);
    const proceed = (): unknown => handler.apply(this, args);
    const [first, second] = args as unknown[];
    if (!host.hasExchange) {
      if (isNodeResponse(second)) {
        const request = first as IncomingMessage;
        return host.passNode(request, second, () => watchHandler(options, proceed, false)) as R;
      }
      if (isRequest(first)) return host.passFetch(first, args.slice(1), proceed) as R;
    }
    if (isRequest(first)) Reflect.set(first, "gatewatch", host.handle());
    return watchHandler(options, proceed, isRequest(first)) as R;
  };
}

/**
 * Further layers on one route handler of `app/`: `export const POST = guard({ rateLimit: { limit: 5 } }, pay)`.
 * @throws ConfigError for a mistake in the options.
 */
export function guard<A extends unknown[], R>(options: RouteOptions, handler: Handler<A, R>): Handler<A, R> {
  const layers = new RouteLayers(resolveRouteOptions(options));
  return withGatewatch(function gatewatchGuard(this: unknown, ...args) {
    return openHost(undefined).enterRoute(layers, () => handler.apply(this, args)) as R;
  } as Handler<A, R>);
}

/** Watches `getServerSideProps`. */
export function withGatewatchSSR<C extends { req: IncomingMessage; res: ServerResponse }, R>(
  getServerSideProps: (context: C) => R,
  options?: GatewatchOptions | Gatewatch,
): (context: C) => R {
  return function gatewatchServerSideProps(this: unknown, context) {
    const host = openHost(options);
    const proceed = (): unknown => watchHandler(options, () => getServerSideProps.call(this, context), false);
    return (host.hasExchange ? proceed() : host.passNode(context.req, context.res, proceed)) as R;
  };
}

/**
 * Watches the function of `proxy.ts` (Next 16) or `middleware.ts` (Next 15), whose errors `onRequestError` is not told of in Next 16.
 * Without a function every request goes on unchanged.
 */
export function gatewatchProxy<A extends unknown[], R>(
  proxy?: Handler<A, R>,
  options?: GatewatchOptions | Gatewatch,
): Handler<A, R | undefined> {
  return function gatewatchProxyHandler(this: unknown, ...args) {
    if (proxy === undefined) return undefined;
    return watchHandler(options, () => proxy.apply(this, args), false) as R;
  };
}

/** What the app says of the request that the running code belongs to; undefined outside of any. */
export function currentHandle(): RequestHandle | undefined {
  return openHost(undefined).handle();
}

function isRequest(value: unknown): value is Request {
  return typeof value === "object" && value !== null && "arrayBuffer" in value && "headers" in value && "url" in value;
}

function isNodeResponse(value: unknown): value is ServerResponse {
  return typeof value === "object" && value !== null && "setHeader" in value && "writeHead" in value;
}
