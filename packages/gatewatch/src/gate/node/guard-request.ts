import type { IncomingMessage, ServerResponse } from "node:http";
import { exchangeOf } from "../context.ts";
import type { RouteLayers } from "../route-layers.ts";
import { NodeExchange } from "./node-exchange.ts";
import { trySendReply } from "./send-reply.ts";

/** Runs a route's layers on a request that is already inside the gate, then sends a layer's reply or calls `proceed` and returns what it returns. */
export function guardRequest<R>(
  layers: RouteLayers,
  request: IncomingMessage,
  response: ServerResponse,
  proceed: () => R,
): R | undefined | Promise<Awaited<R> | undefined> {
  const x = exchangeOf(request);
  if (!(x instanceof NodeExchange)) {
    layers.sayUnguarded(request);
    return proceed();
  }
  const reply = layers.enter(x.gate, x);
  if (reply instanceof Promise) return proceedLater(x, response, reply, proceed);
  return reply !== undefined && trySendReply(x, response, reply) ? undefined : proceed();
}

async function proceedLater<R>(
  x: NodeExchange,
  response: ServerResponse,
  pending: Promise<Parameters<typeof trySendReply>[2] | undefined>,
  proceed: () => R,
): Promise<Awaited<R> | undefined> {
  const reply = await pending;
  // What answers a client that has left was not meant for the app either.
  if (reply !== undefined && (x.finished || trySendReply(x, response, reply))) return undefined;
  return await proceed();
}
