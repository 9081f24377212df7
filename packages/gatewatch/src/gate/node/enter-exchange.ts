import type { ServerResponse } from "node:http";
import { runInExchange } from "../context.ts";
import type { EarlyReply } from "../exchange.ts";
import type { NodeExchange } from "./node-exchange.ts";
import { trySendReply } from "./send-reply.ts";

/**
 * Runs the layers' `onRequest`, then either sends a layer's reply or calls `proceed(...args)` in the exchange's context and returns what it
 * returns. Undefined after a reply, or while a layer waits; errors thrown by `proceed` pass through.
 */
export function enterExchange<A extends unknown[], R>(
  x: NodeExchange,
  response: ServerResponse,
  proceed: (...args: A) => R,
  ...args: A
): R | undefined {
  // The exchange has begun this moment.
  const reply = x.gate.runRequest(x, x.startedMs);
  if (reply === undefined) return runInExchange(x, proceed, ...args);
  if (reply instanceof Promise) {
    void proceedLater(x, response, reply, proceed, args);
    return undefined;
  }
  if (trySendReply(x, response, reply)) return undefined;
  return runInExchange(x, proceed, ...args);
}

async function proceedLater<A extends unknown[]>(
  x: NodeExchange,
  response: ServerResponse,
  pending: Promise<EarlyReply | undefined>,
  proceed: (...args: A) => unknown,
  args: A,
): Promise<void> {
  const reply = await pending;
  // What answers a client that has left was not meant for the app either.
  if (reply !== undefined && (x.finished || trySendReply(x, response, reply))) return;
  // Out of the promise: what the app throws must reach the process as the app's own exception.
  queueMicrotask(() => runInExchange(x, proceed, ...args));
}
