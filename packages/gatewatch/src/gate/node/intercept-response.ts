import { errorMonitor, type EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import { PlannedBody } from "../planned-body.ts";
import type { HeadArgument, NodeHead } from "./node-head.ts";
import type { NodeExchange } from "./node-exchange.ts";

/** Where a response keeps its exchange and the methods that were there before. */
const HOOKS = Symbol("gatewatch.hooks");

interface Hooks {
  x: NodeExchange;
  head: NodeHead;
  writeHead: (this: ServerResponse, ...args: unknown[]) => unknown;
  write: (this: ServerResponse, ...args: unknown[]) => unknown;
  end: (this: ServerResponse, ...args: unknown[]) => unknown;
  emit: (this: ServerResponse, ...args: unknown[]) => unknown;
}

interface HookedResponse extends ServerResponse {
  [HOOKS]: Hooks;
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
 * Hooks this one response, once: its head, its body's length, its end and its errors. The functions are shared by all responses;
 * nothing is closed over, and no prototype or module is touched.
 */
export function interceptResponse(response: ServerResponse, x: NodeExchange, head: NodeHead): void {
  const hooked = response as HookedResponse;
  hooked[HOOKS] = {
    x,
    head,
    writeHead: hooked.writeHead as Hooks["writeHead"],
    write: hooked.write as Hooks["write"],
    end: hooked.end as Hooks["end"],
    emit: hooked.emit as Hooks["emit"],
  };
  if (x.gate.hasHeadSteps) hooked.writeHead = hookedWriteHead as HookedResponse["writeHead"];
  hooked.write = hookedWrite as HookedResponse["write"];
  hooked.end = hookedEnd as HookedResponse["end"];
  hooked.emit = hookedEmit as HookedResponse["emit"];
}

function hookedWriteHead(this: HookedResponse, ...args: unknown[]): unknown {
  const { x, head, writeHead } = this[HOOKS];
  // A second head is the app's mistake; Node reports it.
  if (this.headersSent) return writeHead.apply(this, args);
  const status = args[0];
  if (typeof status !== "number") return writeHead.apply(this, args);
  const reason = args[1];
  // As Node reads them: without a reason in its place, whatever stands there may be the headers.
  const argument = typeof reason === "string" ? args[2] : (args[2] ?? reason);
  const given = isHeadArgument(argument) ? argument : undefined;
  head.open(status, given);
  x.gate.runHead(x, head, new PlannedBody());
  const finalStatus = head.status;
  const rest = head.close();
  if (finalStatus === status && rest === given) return writeHead.apply(this, args);
  const call: unknown[] = [finalStatus];
  if (typeof reason === "string" && finalStatus === status) call.push(reason);
  if (rest !== undefined) call.push(rest);
  return writeHead.apply(this, call);
}

function isHeadArgument(value: unknown): value is HeadArgument {
  return typeof value === "object" && value !== null;
}

function hookedWrite(this: HookedResponse, ...args: unknown[]): unknown {
  const { x, write } = this[HOOKS];
  if (!this.writableEnded) x.responseBytes += lengthOf(args[0], args[1]);
  return write.apply(this, args);
}

function hookedEnd(this: HookedResponse, ...args: unknown[]): unknown {
  const { x, end } = this[HOOKS];
  if (!this.writableEnded) x.responseBytes += lengthOf(args[0], args[1]);
  return end.apply(this, args);
}

function lengthOf(chunk: unknown, encoding: unknown): number {
  if (typeof chunk === "string") {
    return Buffer.byteLength(chunk, typeof encoding === "string" ? (encoding as BufferEncoding) : "utf8");
  }
  return chunk instanceof Uint8Array ? chunk.byteLength : 0;
}

function hookedEmit(this: HookedResponse, ...args: unknown[]): unknown {
  const { x, emit } = this[HOOKS];
  switch (args[0]) {
    case "error":
      failByStream(x, args[1]);
      return emit.apply(this, args);
    case "pipe":
      watchSource(x, args[1]);
      return emit.apply(this, args);
    case "finish":
      try {
        return emit.apply(this, args);
      } finally {
        x.finish(false);
      }
    case "close":
      try {
        return emit.apply(this, args);
      } finally {
        // `pipeline` hands a source's error to the response by destroying it.
        const { errored } = this;
        if (errored !== null && errored !== undefined) failByStream(x, errored);
        x.finish(!this.writableFinished);
      }
    default:
      return emit.apply(this, args);
  }
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
