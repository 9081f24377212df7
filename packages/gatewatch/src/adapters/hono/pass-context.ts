import type { Context, Next } from "hono";
import { runInExchange } from "../../gate/context.ts";
import type { EarlyReply } from "../../gate/exchange.ts";
import { buildReply } from "../../gate/fetch/build-reply.ts";
import { BodySource } from "../../gate/fetch/body-source.ts";
import type { FetchExchange } from "../../gate/fetch/fetch-exchange.ts";
import { isAfterAbort } from "../../gate/fetch/is-after-abort.ts";
import { peekLightBody } from "../../gate/fetch/peek-light-body.ts";
import { endUnanswered, settleResponse } from "../../gate/fetch/settle-response.ts";
import type { GateCore } from "../../gate/gate-core.ts";
import { HonoView } from "./hono-view.ts";

/** The answer of the error handler that every Hono app has until it brings its own. */
const DEFAULT_ANSWER = "Internal Server Error";

/** Runs the layers around what Hono has still to run, and puts their answer in the place of the app's. */
export async function passContext(
  core: GateCore,
  x: FetchExchange,
  context: Context,
  next: Next,
): Promise<Response | void> {
  x.view = new HonoView(context);
  const pending = x.gate.runRequest(x);
  const early = pending instanceof Promise ? await pending : pending;
  const response = early === undefined ? undefined : buildReply(x, early);
  if (response !== undefined) return await settleResponse(x, response);
  try {
    await runInExchange(x, next);
  } catch (error) {
    // Hono hands on only what is an `Error`; anything else leaves the app as it is.
    await tellError(core, x, error);
    endUnanswered(x, 500);
    throw error;
  }
  if (context.error !== undefined) await answerError(core, x, context, context.error);
  if (!context.finalized) {
    // Hono answers this mistake of the app by an error of its own.
    endUnanswered(x, 500);
    return;
  }
  const given = context.res;
  const settled = settleResponse(x, given);
  putResponse(context, given, settled instanceof Promise ? await settled : settled);
}

async function tellError(core: GateCore, x: FetchExchange, error: unknown): Promise<EarlyReply | undefined> {
  if (isAfterAbort(x, error)) return undefined;
  const reply = x.fail(error, "next");
  const held = core.holdForDelivery();
  if (held !== undefined) await held;
  return reply;
}

/** The app's handler has answered by now; a layer's answer takes the place of its. */
async function answerError(core: GateCore, x: FetchExchange, context: Context, error: Error): Promise<void> {
  let reply = await tellError(core, x, error);
  if (x.finished) return;
  if (reply === undefined && (await isDefaultAnswer(x, context, error))) reply = x.gate.runUnhandled(x, error);
  const response = reply === undefined ? undefined : buildReply(x, reply);
  if (response !== undefined) putResponse(context, context.res, response);
}

async function isDefaultAnswer(x: FetchExchange, context: Context, error: Error): Promise<boolean> {
  if (!context.finalized || context.res.status !== 500 || "getResponse" in error) return false;
  const { res } = context;
  const light = peekLightBody(res);
  if (light !== undefined) return light[1] === DEFAULT_ANSWER;
  if (!(res.headers.get("content-type") ?? "").startsWith("text/plain") || res.bodyUsed) return false;
  const { body } = res.clone();
  if (body === null) return false;
  const source = new BodySource(x, body);
  const whole = await source.tryReadWhole();
  if (whole !== undefined) return new TextDecoder().decode(whole) === DEFAULT_ANSWER;
  // Not awaited: half of a copied stream settles only with the other half.
  source.cancel(undefined).catch(() => undefined);
  return false;
}

/** Setting a response merges the former one's headers into it, unless there is none. */
function putResponse(context: Context, given: Response, response: Response): void {
  if (response === given) return;
  context.res = undefined;
  context.res = response;
}
