import type { IncomingMessage } from "node:http";
import type { Context } from "koa";
import type { FrameworkView } from "../../gate/node/node-exchange.ts";

/** Where a request of Node's keeps Koa's context. */
const CONTEXT = Symbol("gatewatch.koa");

interface BoundMessage extends IncomingMessage {
  [CONTEXT]?: KoaContext | undefined;
}

/** What routers, authentication and body parsers leave on a context. */
interface KoaContext {
  /** Of `@koa/router`: the template of the route that matched, with the prefixes of its routers. */
  _matchedRoute?: unknown;
  state?: { user?: unknown };
  user?: unknown;
  request?: { body?: unknown };
}

export const KOA_VIEW: FrameworkView = {
  route(message) {
    const path = (message as BoundMessage)[CONTEXT]?._matchedRoute;
    return path === undefined || path === null ? null : String(path);
  },
  user(message) {
    const context = (message as BoundMessage)[CONTEXT];
    return context?.state?.user ?? context?.user;
  },
  body: (message) => (message as BoundMessage)[CONTEXT]?.request?.body,
};

export function bindContext(message: IncomingMessage, context: Context): void {
  (message as BoundMessage)[CONTEXT] = context as object;
}
