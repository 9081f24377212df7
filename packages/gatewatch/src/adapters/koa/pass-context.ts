import type { Context, Next } from "koa";
import { runInExchange } from "../../gate/context.ts";
import type { EarlyReply } from "../../gate/exchange.ts";
import type { GateCore } from "../../gate/gate-core.ts";
import type { NodeExchange } from "../../gate/node/node-exchange.ts";
import { trySendReply } from "../../gate/node/send-reply.ts";
import { tellError } from "../node/tell-error.ts";

/**
 * Runs the layers around what Koa has still to run.
 * @param isOutermost whether nobody of the app's stands outside: what comes through here is answered by Koa itself.
 */
export async function passContext(
  core: GateCore,
  x: NodeExchange,
  context: Context,
  next: Next,
  isOutermost: boolean,
): Promise<unknown> {
  const pending = x.gate.runRequest(x);
  const early = pending instanceof Promise ? await pending : pending;
  // What answers a client that has left was not meant for the app either.
  if (early !== undefined && (x.finished || tryAnswer(x, context, early))) return undefined;
  try {
    return await runInExchange(x, next);
  } catch (error) {
    await tellContext(core, x, context, error);
    if (isOutermost && !Object.hasOwn(context.app.context, "onerror")) {
      const reply = x.gate.runUnhandled(x, error);
      if (reply !== undefined) tryAnswer(x, context, reply);
    }
    // Answered or not: Koa tells its `error` listeners, and sends nothing once a head is sent.
    throw error;
  }
}

/** Tells the layers about an error on its way out; settles when the app may go on. Never rejects. */
export async function tellContext(core: GateCore, x: NodeExchange, context: Context, error: unknown): Promise<void> {
  const { reply, held } = tellError(core, x, error, "rejection");
  await held;
  if (reply !== undefined) tryAnswer(x, context, reply);
}

function tryAnswer(x: NodeExchange, context: Context, reply: EarlyReply): boolean {
  if (!trySendReply(x, context.res, reply)) return false;
  context.respond = false;
  return true;
}
