import { errorMonitor, type EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import type { NodeHead } from "./node-head.ts";
import type { NodeExchange } from "./node-exchange.ts";
import { type Callback, isPiece, lengthOf } from "./outgoing.ts";
import { ResponseHooks } from "./response-hooks.ts";

/** Where a response keeps its exchange and the methods that were there before. */
const HOOKS = Symbol("gatewatch.hooks");

interface HookedResponse extends ServerResponse {
  [HOOKS]: ResponseHooks;
}

/** Noise that follows from a client's disappearance, never its cause. */
const AFTER_ABORT_CODES = new Set([
  "ERR_STREAM_PREMATURE_CLOSE",
  "ERR_STREAM_DESTROYED",
  "ECONNRESET",
  "EPIPE",
  "ABORT_ERR",
]);

/**
 * Hooks this one response, once: its head, its body, its end and its errors. The functions are shared by all responses;
 * nothing is closed over, and no prototype or module is touched.
 */
export function interceptResponse(response: ServerResponse, x: NodeExchange, head: NodeHead): void {
  const hooked = response as HookedResponse;
  hooked[HOOKS] = new ResponseHooks(response, x, head);
  hooked.writeHead = hookedWriteHead as HookedResponse["writeHead"];
  hooked.write = hookedWrite as HookedResponse["write"];
  hooked.end = hookedEnd as HookedResponse["end"];
  hooked.emit = hookedEmit as HookedResponse["emit"];
  hooked.flushHeaders = hookedFlushHeaders;
}

function hookedWriteHead(this: HookedResponse, status: unknown, reason?: unknown, headers?: unknown): unknown {
  return this[HOOKS].takeHead(this, status, reason, headers);
}

function hookedFlushHeaders(this: HookedResponse): void {
  const hooks = this[HOOKS];
  if (mayBegin(this, hooks)) hooks.begin(this, "part", "", undefined);
  hooks.flushHeaders.call(this);
}

function hookedWrite(this: HookedResponse, chunk: unknown, encoding?: unknown, callback?: unknown): boolean {
  const hooks = this[HOOKS];
  if (hooks.isPassing) return hooks.write.call(this, chunk, encoding, callback) as boolean;
  let whenDone = callback as Callback | undefined;
  let charset = encoding;
  if (typeof encoding === "function") {
    whenDone = encoding as Callback;
    charset = undefined;
  }
  if (isPiece(chunk) && mayBegin(this, hooks)) hooks.begin(this, "part", chunk, charset);
  if (hooks.run !== undefined) return hooks.run.write(chunk, charset, whenDone);
  if (!this.writableEnded && isPiece(chunk)) hooks.x.responseBytes += lengthOf(chunk, charset);
  return hooks.passWrite(this, chunk, charset, whenDone);
}

function hookedEnd(this: HookedResponse, chunk?: unknown, encoding?: unknown, callback?: unknown): HookedResponse {
  const hooks = this[HOOKS];
  let piece = chunk;
  let charset = encoding;
  let whenDone = callback as Callback | undefined;
  if (typeof chunk === "function") {
    whenDone = chunk as Callback;
    piece = undefined;
    charset = undefined;
  } else if (typeof encoding === "function") {
    whenDone = encoding as Callback;
    charset = undefined;
  }
  if (piece === undefined || piece === null) {
    if (mayBegin(this, hooks)) hooks.begin(this, "whole", "", undefined);
  } else if (isPiece(piece) && mayBegin(this, hooks)) hooks.begin(this, "whole", piece, charset);
  if (hooks.run !== undefined) {
    hooks.run.end(piece, charset, whenDone);
    return this;
  }
  if (isPiece(piece) && !this.writableEnded) {
    hooks.x.responseBytes += hooks.pieceLength === -1 ? lengthOf(piece, charset) : hooks.pieceLength;
  }
  hooks.passEnd(this, piece, charset, whenDone);
  return this;
}

/** Whether this is the beginning of a body, for which Node itself would go on to make, or to send, the head. */
function mayBegin(response: HookedResponse, hooks: ResponseHooks): boolean {
  const { stage } = hooks;
  if (stage === "held") return !response.destroyed && !response.writableEnded;
  if (stage !== "new" || !hooks.x.hasHeadSteps) return false;
  return !response.headersSent && !response.destroyed && !response.writableEnded;
}

function hookedEmit(this: HookedResponse, event: unknown, value?: unknown, ...more: unknown[]): unknown {
  const hooks = this[HOOKS];
  const { x, emit } = hooks;
  switch (event) {
    case "error":
      failByStream(x, value);
      return emit.call(this, event, value, ...more);
    case "pipe":
      watchSource(x, value);
      return emit.call(this, event, value, ...more);
    case "drain":
      return hooks.run === undefined || hooks.run.takeSocketDrain() ? emit.call(this, event) : false;
    case "finish":
      // HTTP/2 says so of every response that closes.
      if (x.isHttp2 && hooks.isCutOff(this)) return emit.call(this, event);
      try {
        return emit.call(this, event);
      } finally {
        x.finish(false);
      }
    case "close":
      try {
        return emit.call(this, event);
      } finally {
        endClosed(this, hooks);
      }
    default:
      // Listeners may count their arguments.
      return more.length === 0 && value === undefined ? emit.call(this, event) : emit.call(this, event, value, ...more);
  }
}

function endClosed(response: HookedResponse, hooks: ResponseHooks): void {
  const { x } = hooks;
  // `pipeline` hands a source's error to the response by destroying it.
  const { errored } = response;
  if (errored !== null && errored !== undefined) failByStream(x, errored);
  hooks.run?.abort();
  x.finish(hooks.isCutOff(response));
}

function watchSource(x: NodeExchange, source: unknown): void {
  if (!isEmitter(source)) return;
  // The monitor sees the error without counting as a listener: an unhandled one stays unhandled.
  source.once(errorMonitor, (error: unknown) => failByStream(x, error));
}

function isEmitter(value: unknown): value is EventEmitter {
  return typeof value === "object" && value !== null && "once" in value && typeof value.once === "function";
}

function failByStream(x: NodeExchange, error: unknown): void {
  if (x.aborted && isAfterAbort(error)) return;
  x.fail(error, "stream");
}

function isAfterAbort(error: unknown): boolean {
  return (
    typeof error === "object" &&
    error !== null &&
    "code" in error &&
    typeof error.code === "string" &&
    AFTER_ABORT_CODES.has(error.code)
  );
}
