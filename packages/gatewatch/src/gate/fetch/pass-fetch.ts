import type { ErrorMechanism } from "@gatewatch/protocol";
import { bindExchange, runInExchange } from "../context.ts";
import type { EarlyReply } from "../exchange.ts";
import type { GateCore } from "../gate-core.ts";
import { buildReply } from "./build-reply.ts";
import { FetchExchange } from "./fetch-exchange.ts";
import type { FetchPlatform } from "./fetch-platform.ts";
import { watchRequestBody } from "./fetch-request-body.ts";
import { isAfterAbort } from "./is-after-abort.ts";
import { endUnanswered, settleResponse } from "./settle-response.ts";

/** The exchange of one request: made, bound to it, and its end watched where the platform tells it. Undefined when that failed. */
export function tryOpenFetch(core: GateCore, request: Request, platform: FetchPlatform): FetchExchange | undefined {
  try {
    const x = new FetchExchange(core.gate, request, platform);
    watchRequestBody(x);
    bindExchange(request, x);
    if (platform.incoming !== undefined) bindExchange(platform.incoming, x);
    watchEnd(x);
    return x;
  } catch (error) {
    core.gate.guard.failed("exchange", "open", error);
    return undefined;
  }
}

function watchEnd(x: FetchExchange): void {
  const { outgoing, completed } = x.platform;
  if (outgoing !== undefined) {
    outgoing.once("close", () => {
      // The server's own answers, such as the one to an error that nobody handled, are seen here only.
      if (outgoing.headersSent) x.response.settle(outgoing.statusCode);
      x.finish(!outgoing.writableFinished);
    });
  } else if (completed !== undefined) {
    completed.then(
      // Deno calls an answer completed that was cut off in the middle.
      () => x.finish(x.isStreaming),
      () => x.finish(true),
    );
  } else {
    x.request.signal?.addEventListener("abort", () => x.finish(true), { once: true });
  }
}

/**
 * Runs the layers' `onRequest`, then either answers with a layer's reply or calls `proceed` in the exchange's context, and returns what
 * the server gets. Errors of the app are handed on unchanged, at once or as a rejection, as they came.
 */
export function passFetch(core: GateCore, x: FetchExchange, proceed: () => unknown): unknown {
  const reply = x.gate.runRequest(x);
  if (reply === undefined) return callApp(core, x, proceed);
  if (reply instanceof Promise) return reply.then((later) => answerOrCall(core, x, proceed, later));
  return answerOrCall(core, x, proceed, reply);
}

function answerOrCall(
  core: GateCore,
  x: FetchExchange,
  proceed: () => unknown,
  reply: EarlyReply | undefined,
): unknown {
  const response = reply === undefined ? undefined : buildReply(x, reply);
  return response === undefined ? callApp(core, x, proceed) : settleResponse(x, response);
}

function callApp(core: GateCore, x: FetchExchange, proceed: () => unknown): unknown {
  let result: unknown;
  try {
    result = runInExchange(x, proceed);
  } catch (error) {
    return rescue(core, x, error, "throw");
  }
  if (!isThenable(result)) return settleResponse(x, result);
  return result.then(
    (response) => settleResponse(x, response),
    (error: unknown) => rescue(core, x, error, "rejection"),
  );
}

/** A layer's answer to an error that left the app, or the error itself. */
function rescue(core: GateCore, x: FetchExchange, error: unknown, mechanism: ErrorMechanism): unknown {
  if (isAfterAbort(x, error)) throw error;
  const reply = x.fail(error, mechanism);
  const held = core.holdForDelivery();
  if (held !== undefined) return held.then(() => answerError(x, error, reply));
  return answerError(x, error, reply);
}

function answerError(x: FetchExchange, error: unknown, reply: EarlyReply | undefined): unknown {
  if (!x.finished) {
    const chosen = reply ?? x.gate.runUnhandled(x, error);
    const response = chosen === undefined ? undefined : buildReply(x, chosen);
    if (response !== undefined) return settleResponse(x, response);
    endUnanswered(x, 500);
  }
  throw error;
}

function isThenable(value: unknown): value is Promise<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
