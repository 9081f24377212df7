import type { IncomingMessage } from "node:http";
import type { FastifyRequest } from "fastify";
import { NodeExchange, type FrameworkView } from "../../gate/node/node-exchange.ts";

/** Where a request of Node's keeps Fastify's own. */
const REQUEST = Symbol("gatewatch.fastify");

interface BoundMessage extends IncomingMessage {
  [REQUEST]?: FastifyRequest;
}

/** Fastify's request knows more than Node's. */
export const FASTIFY_VIEW: FrameworkView = {
  route: (message) => (message as BoundMessage)[REQUEST]?.routeOptions.url ?? null,
  user: (message) => (message as { [REQUEST]?: { user?: unknown } })[REQUEST]?.user,
  body: (message) => (message as BoundMessage)[REQUEST]?.body,
};

/** To be called once the request is routed, which in Fastify it is before all hooks. */
export function bindRequest(message: IncomingMessage, request: FastifyRequest, x: unknown): void {
  (message as BoundMessage)[REQUEST] = request;
  // Fastify makes these options anew for whoever asks.
  if (x instanceof NodeExchange) x.knownRoute ??= request.routeOptions.url ?? null;
}
