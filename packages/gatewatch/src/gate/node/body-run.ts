import type { ServerResponse } from "node:http";
import type { BodyEncoder, EncodedOutput } from "../body-plan.ts";
import type { PlannedBody } from "../planned-body.ts";
import { type Callback, isPiece, lengthOf, type Piece, toBytes } from "./outgoing.ts";
import type { ResponseHooks } from "./response-hooks.ts";

/** Carries out what was decided about one body, between the app's `write` and `end` and Node's own. */
export class BodyRun {
  readonly #response: ServerResponse;
  readonly #hooks: ResponseHooks;
  readonly #plan: PlannedBody;
  #encoder: BodyEncoder | undefined = undefined;
  /** The app has called `end`. */
  isEnded = false;
  /** What the app's head has promised of a body that comes in parts, and the encoder's head no longer says. */
  expectedBytes = 0;
  #takenBytes = 0;
  #isOver = false;
  #isObserved: boolean;
  #isEncoderFull = false;
  #isSocketFull = false;
  /** The app was told to wait for `drain`. */
  #needsDrain = false;
  #waiting: Callback[] = [];
  #endCallback: Callback | undefined = undefined;

  constructor(response: ServerResponse, hooks: ResponseHooks, plan: PlannedBody) {
    this.#response = response;
    this.#hooks = hooks;
    this.#plan = plan;
    this.#isObserved = plan.observers.length > 0;
  }

  /** Opens the encoder; false when it cannot be, and nothing is encoded. */
  tryOpenEncoder(): boolean {
    const { openEncoder } = this.#plan;
    if (openEncoder === undefined) return true;
    try {
      this.#encoder = openEncoder(this.#createOutput());
      return true;
    } catch (error) {
      this.#hooks.x.gate.guard.failed("body", "encode", error);
      return false;
    }
  }

  get mustWait(): boolean {
    return this.#needsDrain && !this.isEnded;
  }

  get isEncoding(): boolean {
    return this.#encoder !== undefined && !this.#isOver;
  }

  write(chunk: unknown, encoding: unknown, callback: Callback | undefined): boolean {
    const response = this.#response;
    if (!isPiece(chunk) || response.destroyed || response.writableEnded) {
      return this.isEnded && this.isEncoding ? this.#refuseLate(callback) : this.#pass(chunk, encoding, callback);
    }
    if (this.#plan.substitution !== undefined || !this.#hooks.hasBody) {
      if (callback !== undefined) process.nextTick(callback);
      return true;
    }
    const encoder = this.#encoder;
    if (encoder === undefined) {
      if (this.#isObserved) this.#show(toBytes(chunk, encoding));
      this.#hooks.x.responseBytes += lengthOf(chunk, encoding);
      return this.#pass(chunk, encoding, callback);
    }
    const bytes = toBytes(chunk, encoding);
    this.#takenBytes += bytes.byteLength;
    if (this.#isObserved) this.#show(bytes);
    if (!this.#feed(encoder, bytes)) this.#isEncoderFull = true;
    if (this.#isEncoderFull || this.#isSocketFull) {
      this.#needsDrain = true;
      if (callback !== undefined) this.#waiting.push(callback);
      return false;
    }
    if (callback !== undefined) process.nextTick(callback);
    return true;
  }

  end(chunk: unknown, encoding: unknown, callback: Callback | undefined): void {
    const response = this.#response;
    const hasPiece = chunk !== undefined && chunk !== null;
    if ((hasPiece && !isPiece(chunk)) || response.destroyed || this.#isOver) {
      this.#passEnd(chunk, encoding, callback);
      return;
    }
    if (this.isEnded) {
      if (hasPiece) this.#refuseLate(callback);
      else if (callback !== undefined) response.once("finish", callback as () => void);
      return;
    }
    const encoder = this.#encoder;
    if (encoder === undefined) {
      this.#endPlain(hasPiece ? (chunk as Piece) : undefined, encoding, callback);
      return;
    }
    const given = this.#plan.isReplaced ? this.#plan.whole : hasPiece ? toBytes(chunk as Piece, encoding) : undefined;
    this.isEnded = true;
    this.#endCallback = callback;
    this.#takenBytes += given?.byteLength ?? 0;
    if (this.#takenBytes < this.expectedBytes) {
      // An end that is told would make a whole answer of a part.
      this.#fail(new RangeError(`the app has sent ${this.#takenBytes} of ${this.expectedBytes} bytes`));
      return;
    }
    if (this.#isObserved) this.#showEnd(given);
    if (given !== undefined && given.byteLength > 0) this.#feed(encoder, given);
    try {
      encoder.end();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Without an encoder the app's end is the end: what leaves is known. */
  #endPlain(chunk: Piece | undefined, encoding: unknown, callback: Callback | undefined): void {
    const { encoded, isReplaced, whole } = this.#plan;
    const identity = isReplaced ? whole : chunk;
    if (this.#isObserved) this.#showEnd(identity === undefined ? undefined : toBytes(identity, encoding));
    this.isEnded = true;
    this.#isOver = true;
    const out = encoded ?? identity;
    const isSent = out !== undefined && this.#hooks.hasBody;
    if (isSent) this.#hooks.x.responseBytes += lengthOf(out, encoding);
    this.#passEnd(isSent ? out : undefined, encoding, callback);
  }

  flush(): void {
    if (!this.isEncoding || this.isEnded) return;
    try {
      this.#encoder?.flush();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The response has closed: whoever still waits is told. */
  abort(): void {
    if (this.#isObserved) this.#tellEnd(false);
    if (this.#isOver) return;
    this.#isOver = true;
    try {
      this.#encoder?.destroy();
    } catch (error) {
      this.#hooks.x.gate.guard.failed("body", "destroy", error);
    }
    const callbacks = this.#waiting.splice(0);
    if (this.#endCallback !== undefined) callbacks.push(this.#endCallback);
    this.#endCallback = undefined;
    if (callbacks.length === 0) return;
    const error = Object.assign(new Error("Cannot call write after a stream was destroyed"), {
      code: "ERR_STREAM_DESTROYED",
    });
    for (const callback of callbacks) process.nextTick(callback, error);
  }

  /** Node says that the socket takes more again; true lets the app hear of it. */
  takeSocketDrain(): boolean {
    if (this.#encoder === undefined) return true;
    this.#isSocketFull = false;
    return this.#settleDrain();
  }

  #createOutput(): EncodedOutput {
    return {
      push: (bytes) => {
        if (this.#isOver || this.#response.destroyed || bytes.byteLength === 0) return;
        this.#hooks.x.responseBytes += bytes.byteLength;
        if (!this.#pass(bytes, undefined, undefined)) this.#isSocketFull = true;
      },
      drain: () => {
        this.#isEncoderFull = false;
        if (!this.#isOver && this.#settleDrain()) this.#hooks.emit.call(this.#response, "drain");
      },
      end: () => {
        if (this.#isOver) return;
        this.#isOver = true;
        const callback = this.#endCallback;
        this.#endCallback = undefined;
        this.#releaseWaiting();
        this.#passEnd(undefined, undefined, callback);
      },
      fail: (error) => this.#fail(error),
    };
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    this.#hooks.x.gate.guard.failed("body", "encode", error);
    this.#hooks.cutOff(this.#response);
    this.abort();
  }

  #settleDrain(): boolean {
    if (this.#isEncoderFull || this.#isSocketFull) return false;
    this.#releaseWaiting();
    if (!this.#needsDrain || this.isEnded) return false;
    this.#needsDrain = false;
    return true;
  }

  #releaseWaiting(): void {
    for (const callback of this.#waiting.splice(0)) process.nextTick(callback);
  }

  #feed(encoder: BodyEncoder, bytes: Uint8Array): boolean {
    if (bytes.byteLength === 0) return true;
    try {
      return encoder.write(bytes);
    } catch (error) {
      this.#fail(error);
      return true;
    }
  }

  #show(bytes: Uint8Array): void {
    if (bytes.byteLength === 0) return;
    for (const observer of this.#plan.observers) {
      try {
        observer.onChunk(bytes);
      } catch (error) {
        this.#hooks.x.gate.guard.failed("body", "observe", error);
      }
    }
  }

  #showEnd(last: Uint8Array | undefined): void {
    if (last !== undefined) this.#show(last);
    this.#tellEnd(true);
  }

  #tellEnd(complete: boolean): void {
    if (!this.#isObserved) return;
    this.#isObserved = false;
    for (const observer of this.#plan.observers) {
      try {
        observer.onEnd(complete);
      } catch (error) {
        this.#hooks.x.gate.guard.failed("body", "observe", error);
      }
    }
  }

  #refuseLate(callback: Callback | undefined): false {
    this.#hooks.refuseLateWrite(this.#response, callback);
    return false;
  }

  #pass(chunk: unknown, encoding: unknown, callback: Callback | undefined): boolean {
    return this.#hooks.passWrite(this.#response, chunk, encoding, callback);
  }

  #passEnd(chunk: unknown, encoding: unknown, callback: Callback | undefined): void {
    this.#hooks.passEnd(this.#response, chunk, encoding, callback);
  }
}
