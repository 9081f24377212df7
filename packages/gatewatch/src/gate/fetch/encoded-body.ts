import type { UnderlyingSource } from "node:stream/web";
import type { BodyEncoder, BodyObserver, EncodedOutput } from "../body-plan.ts";
import type { OpenEncoder } from "../planned-body.ts";
import type { BodySource } from "./body-source.ts";
import { toBytes } from "./encode-text.ts";
import type { FetchExchange } from "./fetch-exchange.ts";
import { isSettledInTurn } from "./is-settled-in-turn.ts";
import { endStream, failStream, tellChunk, tellEnd } from "./stream-fate.ts";

type Controller = ReadableStreamDefaultController<Uint8Array>;

/**
 * A streamed body that is encoded on its way. It is read only as fast as the server takes the encoded bytes. What the encoder holds back
 * is pushed out whenever the app pauses, since a `Response` has no way to ask for it.
 */
export class EncodedBody implements UnderlyingSource<Uint8Array>, EncodedOutput {
  readonly #x: FetchExchange;
  readonly #source: BodySource;
  readonly #observers: readonly BodyObserver[];
  readonly #open: OpenEncoder;
  readonly #expectedBytes: number;
  #controller: Controller | undefined;
  #encoder: BodyEncoder | undefined;
  #isOver = false;
  #wakePull: (() => void) | undefined;
  #wakeDrain: (() => void) | undefined;

  /** @param expectedBytes what the app's head has promised, and the encoder's head no longer says. */
  constructor(
    x: FetchExchange,
    source: BodySource,
    observers: readonly BodyObserver[],
    open: OpenEncoder,
    expectedBytes = 0,
  ) {
    this.#x = x;
    this.#source = source;
    this.#observers = observers;
    this.#open = open;
    this.#expectedBytes = expectedBytes;
  }

  start(controller: Controller): void {
    this.#controller = controller;
  }

  pull(): void {
    const wake = this.#wakePull;
    this.#wakePull = undefined;
    if (wake !== undefined) wake();
    else if (this.#encoder === undefined && !this.#isOver) void this.#pump();
  }

  async cancel(reason: unknown): Promise<void> {
    if (!this.#stop(false)) return;
    this.#encoder?.destroy();
    endStream(this.#x, true);
    await this.#source.cancel(reason);
  }

  push(bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.#x.responseBytes += bytes.byteLength;
    this.#controller?.enqueue(bytes);
  }

  drain(): void {
    const wake = this.#wakeDrain;
    this.#wakeDrain = undefined;
    wake?.();
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#controller?.close();
    endStream(this.#x, false);
  }

  fail(reason: unknown): void {
    if (!this.#stop(false)) return;
    this.#x.gate.guard.failed("body", "encode", reason);
    this.#cutOff(reason);
    this.#source.cancel(reason).catch(() => undefined);
  }

  async #pump(): Promise<void> {
    try {
      const encoder = (this.#encoder = this.#open(this));
      let isHeldBack = false;
      let takenBytes = 0;
      while (!this.#isOver) {
        if ((this.#controller?.desiredSize ?? 0) <= 0) await this.#untilPulled();
        const read = this.#source.read();
        if (isHeldBack && !(await isSettledInTurn(read))) {
          encoder.flush();
          isHeldBack = false;
        }
        let result;
        try {
          result = await read;
        } catch (error) {
          this.#failSource(encoder, error);
          return;
        }
        if (this.#isOver) return;
        if (result.done && takenBytes < this.#expectedBytes) {
          // An end that is told would make a whole answer of a part.
          this.fail(new RangeError(`the app has sent ${takenBytes} of ${this.#expectedBytes} bytes`));
          encoder.destroy();
          return;
        }
        if (result.done) {
          tellEnd(this.#x, this.#observers, true);
          encoder.end();
          return;
        }
        const bytes = toBytes(result.value);
        takenBytes += bytes.byteLength;
        tellChunk(this.#x, this.#observers, bytes);
        isHeldBack = true;
        if (!encoder.write(bytes)) await this.#untilDrained();
      }
    } catch (error) {
      this.fail(error);
    }
  }

  #failSource(encoder: BodyEncoder, error: unknown): void {
    if (!this.#stop(false)) return;
    encoder.destroy();
    failStream(this.#x, error);
    this.#cutOff(error);
  }

  #cutOff(error: unknown): void {
    this.#controller?.error(error);
    endStream(this.#x, true);
  }

  /** False when it was over already. */
  #stop(complete: boolean): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    tellEnd(this.#x, this.#observers, complete);
    this.drain();
    this.pull();
    return true;
  }

  #untilPulled(): Promise<void> {
    return new Promise((resolve) => {
      this.#wakePull = resolve;
    });
  }

  #untilDrained(): Promise<void> {
    return new Promise((resolve) => {
      this.#wakeDrain = resolve;
    });
  }
}
