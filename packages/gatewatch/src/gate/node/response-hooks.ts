import type { ServerResponse } from "node:http";
import { PlannedBody } from "../planned-body.ts";
import { BodyRun } from "./body-run.ts";
import { type Flags, holdHttp2Head, isHeadHeld, readFlags, refuse, releaseHttp2Head, writeFlags } from "./held-head.ts";
import type { NodeExchange } from "./node-exchange.ts";
import type { HeadArgument, NodeHead } from "./node-head.ts";
import * as http from "./node-http.ts";
import { type Callback, isBodyless, isUtf8, lengthOf, type Outgoing, type Piece, toBytes } from "./outgoing.ts";

type Method = (this: ServerResponse, ...args: unknown[]) => unknown;

/** How far a response has come. */
type Stage =
  /** No head yet. */
  | "new"
  /** The app has written a head, of which nothing has left; the layers wait for the body to decide. */
  | "held"
  /** What the app writes passes. */
  | "plain"
  /** What the app writes goes through `run`. */
  | "run";

/** What the app has in its hands while a head is made: nothing yet, the whole body, or the first part of one. */
type Known = "nothing" | "whole" | "part";

const HTTP2_INTERNAL_ERROR = 2;
/** Longer bodies are not copied. */
const MAX_TEXT_BYTES = 4096;
const nodeEnd = http.ServerResponse.prototype.end as Method;

/** Whether a head of known length is the next that Node sends. */
function isHeadAhead(response: ServerResponse): boolean {
  const { _headerSent, _header, chunkedEncoding } = response as Outgoing;
  return _headerSent === false && typeof _header === "string" && chunkedEncoding === false;
}

/** What the gate keeps with a response: its exchange, the methods that were there before, and how far it has come. */
export class ResponseHooks {
  readonly x: NodeExchange;
  readonly head: NodeHead;
  readonly writeHead: Method;
  readonly write: Method;
  readonly end: Method;
  readonly emit: Method;
  readonly flushHeaders: Method;
  stage: Stage = "new";
  run: BodyRun | undefined = undefined;
  /** False once the head says that no body follows. */
  hasBody = true;
  /** Node's own methods call each other: what comes then has been through here. */
  isPassing = false;
  /** Node has been told that the body is complete. */
  isEndPassed = false;
  /** Bytes of a whole body, once counted. */
  pieceLength = -1;
  #known: Known = "nothing";
  #piece: Piece = "";
  /** The bytes of which `#pieceText` was made. */
  #readPiece: Uint8Array | undefined = undefined;
  #pieceText = "";
  #encoding: unknown = undefined;
  #plan: PlannedBody | undefined = undefined;
  #flags: Flags | undefined = undefined;
  #status = 0;
  #reason: string | undefined = undefined;
  #argument: HeadArgument | undefined = undefined;

  constructor(response: ServerResponse, x: NodeExchange, head: NodeHead) {
    this.x = x;
    this.head = head;
    this.writeHead = response.writeHead as Method;
    this.write = response.write as Method;
    this.end = response.end as Method;
    this.emit = response.emit as Method;
    this.flushHeaders = response.flushHeaders as Method;
  }

  /** `response.writeHead`, whether the app calls it or Node itself. */
  takeHead(response: ServerResponse, status: unknown, reason: unknown, headers: unknown): unknown {
    if (this.stage === "held" && this.x.isHttp2) refuse();
    // A second head is the app's mistake; Node reports it.
    if (this.stage !== "new" || typeof status !== "number" || response.headersSent || !this.x.hasHeadSteps) {
      return this.#callWriteHead(response, status, reason, headers);
    }
    // As Node reads them: without a reason in its place, whatever stands there may be the headers.
    const argument = typeof reason === "string" ? headers : (headers ?? reason);
    const given = isHeadArgument(argument) ? argument : undefined;
    const { head, x } = this;
    const plan = takePlan();
    this.stage = "plain";
    try {
      head.open(status, given);
      x.gate.runHead(x, head, plan);
      plan.isClosed = true;
      if (plan.isUntouched) spare = plan;
      else if (plan.substitution !== undefined) this.#decide(response, plan);
      else if (plan.hasDecisions && !isBodyless(x.method, head.status)) {
        if (this.#known === "nothing")
          return this.#holdHead(response, plan, head.status === status ? reason : undefined);
        if (this.#isUnconcerned(plan)) spare = plan;
        else this.#decide(response, plan);
      }
      const finalStatus = head.status;
      const rest = head.close();
      if (finalStatus === status && rest === given) return this.#callWriteHead(response, status, reason, headers);
      const kept = typeof reason === "string" && finalStatus === status ? reason : undefined;
      return this.#callWriteHead(response, finalStatus, kept, rest);
    } catch (error) {
      head.close();
      this.#reset();
      throw error;
    }
  }

  /** Makes the head of a response that the app begins without one; `known` tells what it begins with. */
  begin(response: ServerResponse, known: "whole" | "part", piece: Piece, encoding: unknown): void {
    this.#known = known;
    this.#piece = piece;
    this.#encoding = encoding;
    try {
      if (this.stage === "held") this.#decideLate(response);
      else if (this.x.isHttp2) response.writeHead(response.statusCode);
      else {
        const outgoing = response as Outgoing;
        if (known === "whole") {
          this.pieceLength = lengthOf(piece, encoding);
          outgoing._contentLength = this.pieceLength;
        }
        outgoing._implicitHeader();
      }
    } finally {
      this.#known = "nothing";
      this.#piece = "";
    }
  }

  passWrite(response: ServerResponse, chunk: unknown, encoding: unknown, callback: Callback | undefined): boolean {
    if (!this.x.isHttp2) return this.write.call(response, chunk, encoding, callback) as boolean;
    this.isPassing = true;
    try {
      return this.write.call(response, chunk, encoding, callback) as boolean;
    } finally {
      this.isPassing = false;
    }
  }

  passEnd(response: ServerResponse, chunk: unknown, encoding: unknown, callback: Callback | undefined): void {
    this.isEndPassed = true;
    if (!this.x.isHttp2) {
      // Node sends a text together with its head, but bytes behind it, for which the system needs a third more time.
      if (isShort(chunk) && isHeadAhead(response) && this.end === nodeEnd) {
        const text = chunk === this.#readPiece ? this.#pieceText : chunk.toString("latin1");
        this.end.call(response, text, "latin1", callback);
      } else this.end.call(response, chunk, encoding, callback);
      return;
    }
    this.isPassing = true;
    try {
      this.end.call(response, chunk, encoding, callback);
    } finally {
      this.isPassing = false;
    }
  }

  /** Whether the client has got less than everything. HTTP/2 tells of every stream that it has finished. */
  isCutOff(response: ServerResponse): boolean {
    return !response.writableFinished || (this.x.isHttp2 && !this.isEndPassed);
  }

  /** Breaks off what has begun, so that the client takes it for broken. */
  cutOff(response: ServerResponse): void {
    const { stream } = response as unknown as { stream?: { close(code: number): void } };
    if (this.x.isHttp2 && stream !== undefined) stream.close(HTTP2_INTERNAL_ERROR);
    else response.destroy();
  }

  /** Node's answer to a write after the end, while an encoder still works on what came before. */
  refuseLateWrite(response: ServerResponse, callback: Callback | undefined): void {
    if (this.x.isHttp2) {
      const error = Object.assign(new Error("write after end"), { code: "ERR_STREAM_WRITE_AFTER_END" });
      if (callback !== undefined) process.nextTick(callback, error);
      response.destroy(error);
      return;
    }
    response.finished = true;
    try {
      this.write.call(response, "-", undefined, callback);
    } finally {
      response.finished = false;
    }
  }

  #reset(): void {
    this.stage = "new";
    this.run?.abort();
    this.run = undefined;
    this.#plan = undefined;
  }

  #callWriteHead(response: ServerResponse, status: unknown, reason: unknown, headers: unknown): unknown {
    // Node tells an argument that is not there from one that is undefined.
    if (typeof reason === "string") {
      return headers === undefined
        ? this.writeHead.call(response, status, reason)
        : this.writeHead.call(response, status, reason, headers);
    }
    const argument = headers ?? reason;
    return argument === undefined
      ? this.writeHead.call(response, status)
      : this.writeHead.call(response, status, argument);
  }

  /** The app has written a head before its body. */
  #holdHead(response: ServerResponse, plan: PlannedBody, reason: unknown): unknown {
    const { head } = this;
    this.#plan = plan;
    this.#reason = typeof reason === "string" ? reason : undefined;
    if (this.x.isHttp2) {
      holdHttp2Head(response, head, head.status);
      head.close();
      this.stage = "held";
      // HTTP/2 sends a head at once: it must not wait for a body that may come in an hour.
      setImmediate(releaseLate, this, response);
      return response;
    }
    this.#flags = readFlags(response);
    this.#status = head.status;
    this.#argument = head.close();
    const result = this.#callWriteHead(response, this.#status, this.#reason, this.#argument);
    this.stage = "held";
    return result;
  }

  /** The first part of the body is here, or the whole: the head that was held is left as it was, or made again. */
  #decideLate(response: ServerResponse): void {
    const plan = this.#plan!;
    this.#plan = undefined;
    this.stage = "plain";
    if (!this.x.isHttp2 && this.#isUnconcerned(plan)) return;
    if (this.x.isHttp2) {
      releaseHttp2Head(response);
      this.head.open(response.statusCode, undefined);
      this.#decide(response, plan);
      const status = this.head.status;
      this.head.close();
      this.#callWriteHead(response, status, this.#reason, undefined);
      return;
    }
    // Sent already, or a Node that holds heads in another way: the body stays as it is.
    if (!isHeadHeld(response)) return;
    const sent = response._header;
    const after = readFlags(response);
    response._header = null;
    writeFlags(response, this.#flags!);
    const { head } = this;
    head.open(this.#status, this.#argument);
    const isChanged = this.#decide(response, plan);
    const status = head.status;
    const argument = head.close();
    if (isChanged) {
      try {
        this.#callWriteHead(response, status, status === this.#status ? this.#reason : undefined, argument);
        return;
      } catch (error) {
        this.x.gate.guard.failed("body", "head", error);
        this.run?.abort();
        this.run = undefined;
        this.stage = "plain";
      }
    }
    response.statusCode = this.#status;
    response._header = sent;
    writeFlags(response, after);
  }

  /** Whether a whole body that is a text, or short, holds nothing that the layers want to decide about. */
  #isUnconcerned(plan: PlannedBody): boolean {
    if (this.#known !== "whole") return false;
    const piece = this.#piece;
    if (typeof piece === "string") return isUtf8(this.#encoding) && !plan.concerns(piece);
    if (!isShort(piece)) return false;
    // Searching bytes costs more than making a text of them, which Node is given in the end.
    this.#pieceText = piece.toString("latin1");
    this.#readPiece = piece;
    return !plan.concerns(this.#pieceText);
  }

  /** Lets the layers decide, and prepares the head for what they did; returns whether the head was changed. */
  #decide(response: ServerResponse, plan: PlannedBody): boolean {
    const { x, head } = this;
    const isWhole = this.#known === "whole";
    const { substitution } = plan;
    head.watch();
    this.hasBody = !isBodyless(x.method, head.status);
    if (substitution === undefined || this.hasBody) {
      x.gate.runBody(x, plan, substitution ?? (isWhole ? toBytes(this.#piece, this.#encoding) : undefined), head);
      this.hasBody = !isBodyless(x.method, head.status);
    }
    if (plan.hasWork || !this.hasBody) {
      this.run = new BodyRun(response, this, plan);
      this.stage = "run";
      this.#prepareHead(response, plan, this.run, isWhole);
    }
    return head.unwatch();
  }

  /** Makes the head true to what the body will be. */
  #prepareHead(response: ServerResponse, plan: PlannedBody, run: BodyRun, isWhole: boolean): void {
    const { head } = this;
    if (this.hasBody && plan.openEncoder !== undefined) {
      const declared = isWhole ? undefined : head.get("Content-Length");
      if (run.tryOpenEncoder()) {
        if (declared !== undefined) run.expectedBytes = Number(declared);
        // Unless it is taken away Node implies the length of the piece that it was given.
        head.remove("Content-Length");
        if (!this.x.isHttp2) (response as Outgoing)._contentLength = null;
        showEncoding(response, run);
        return;
      }
      head.backTo(0);
    }
    if (!plan.isReplaced && plan.encoded === undefined) return;
    const { byteLength } = plan.encoded ?? plan.whole!;
    if (head.has("Content-Length")) head.set("Content-Length", String(byteLength));
    if (this.x.isHttp2) return;
    const outgoing = response as Outgoing;
    // Trailers come behind chunks only.
    outgoing._contentLength = outgoing._trailer === "" ? byteLength : null;
  }
}

/** Most answers are left as they are: their plan serves the next one. */
let spare: PlannedBody | undefined;

function takePlan(): PlannedBody {
  const plan = spare;
  if (plan === undefined) return new PlannedBody();
  spare = undefined;
  plan.isClosed = false;
  return plan;
}

function isShort(chunk: unknown): chunk is Buffer {
  return chunk instanceof Buffer && chunk.length < MAX_TEXT_BYTES;
}

function isHeadArgument(value: unknown): value is HeadArgument {
  return typeof value === "object" && value !== null;
}

/** While an encoder works the response's own state lags behind what the app has done. */
function showEncoding(response: ServerResponse, run: BodyRun): void {
  Object.defineProperties(response, {
    writableEnded: { get: () => run.isEnded, configurable: true },
    writableNeedDrain: { get: () => run.mustWait, configurable: true },
    flush: { value: () => run.flush(), configurable: true, writable: true },
  });
}

function releaseLate(hooks: ResponseHooks, response: ServerResponse): void {
  if (hooks.stage !== "held") return;
  try {
    hooks.begin(response, "part", "", undefined);
  } catch (error) {
    hooks.x.gate.guard.failed("body", "release", error);
  }
}
