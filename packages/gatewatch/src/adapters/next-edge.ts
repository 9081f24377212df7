import { createEdgeReporter, type EdgeOptions, type EdgeReporter } from "../create-edge-reporter.ts";
import { targetOf } from "../gate/fetch/target-of.ts";
import { digestOf, isControlFlow } from "./next/control-flow.ts";
import type { NextErrorContext, NextErrorRequest } from "./next/next-types.ts";

export type { EdgeOptions } from "../create-edge-reporter.ts";
export type { NextErrorContext, NextErrorRequest } from "./next/next-types.ts";

type Handler<A extends unknown[], R> = (...args: A) => R;

/** Next bundles this module into each function anew; the first copy serves all the others of its runtime. */
const REPORTER = Symbol.for("gatewatch.next.edge");

function openReporter(options?: EdgeOptions): EdgeReporter {
  const holder = globalThis as { [REPORTER]?: EdgeReporter };
  return (holder[REPORTER] ??= createEdgeReporter(options));
}

/** What runs at the edge is watched for errors alone: requests are seen by the server behind it. @param options what an earlier call has set stays. */
export function register(options?: EdgeOptions): void {
  openReporter(options);
}

/** Next's own report of an error. Never throws. */
export async function onRequestError(
  error: unknown,
  request?: NextErrorRequest,
  context?: NextErrorContext,
): Promise<void> {
  if (isControlFlow(error)) return;
  const attributes: Record<string, string> = {};
  const digest = digestOf(error);
  if (digest !== undefined) attributes["next.digest"] = digest;
  if (context?.routerKind !== undefined) attributes["next.router"] = context.routerKind;
  if (context?.routeType !== undefined) attributes["next.route_type"] = context.routeType;
  await openReporter().report(error, {
    method: request?.method,
    url: request?.path,
    route: context?.routePath,
    attributes,
  });
}

/** Watches a route handler that runs at the edge. */
export function withGatewatch<A extends unknown[], R>(handler: Handler<A, R>, options?: EdgeOptions): Handler<A, R> {
  return function gatewatchHandler(this: unknown, ...args) {
    return watch(options, args, () => handler.apply(this, args));
  };
}

/** At the edge there is no gate to run a route's layers: the handler is watched, and that it is unguarded is said once. */
export function guard<A extends unknown[], R>(_options: object, handler: Handler<A, R>): Handler<A, R> {
  console.warn("gatewatch: guard() does nothing at the edge; give the route the Node.js runtime.");
  return withGatewatch(handler);
}

/** Watches `getServerSideProps` of a page that is rendered at the edge. */
export function withGatewatchSSR<A extends unknown[], R>(
  getServerSideProps: Handler<A, R>,
  options?: EdgeOptions,
): Handler<A, R> {
  return withGatewatch(getServerSideProps, options);
}

/** Watches the function of `middleware.ts`. Without a function every request goes on unchanged. */
export function gatewatchProxy<A extends unknown[], R>(
  proxy?: Handler<A, R>,
  options?: EdgeOptions,
): Handler<A, R | undefined> {
  return function gatewatchProxyHandler(this: unknown, ...args) {
    return proxy === undefined ? undefined : watch(options, args, () => proxy.apply(this, args));
  };
}

/** Nothing is kept of a request at the edge. */
export function currentHandle(): undefined {
  return undefined;
}

function watch<R>(options: EdgeOptions | undefined, args: readonly unknown[], proceed: () => R): R {
  try {
    const result = proceed();
    if (!(result instanceof Promise)) return result;
    return result.catch((error: unknown) => {
      see(options, args, error);
      throw error;
    }) as R;
  } catch (error) {
    see(options, args, error);
    throw error;
  }
}

/** The answer does not wait for the delivery; the runtime does, where it can be asked to. */
function see(options: EdgeOptions | undefined, [request, event]: readonly unknown[], error: unknown): void {
  if (isControlFlow(error)) return;
  const { method, url } = (request ?? {}) as { method?: unknown; url?: unknown };
  const sent = openReporter(options).report(error, {
    method: typeof method === "string" ? method : undefined,
    url: typeof url === "string" ? targetOf(url) : undefined,
  });
  const waiter = event as { waitUntil?: unknown } | null | undefined;
  if (typeof waiter?.waitUntil === "function") waiter.waitUntil(sent);
}
