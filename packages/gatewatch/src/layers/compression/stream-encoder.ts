import type { Transform } from "node:stream";
import type { BodyEncoder, EncodedOutput } from "../../gate/body-plan.ts";

/** What all of Node's compressing streams have. */
export interface ZlibStream extends Transform {
  flush(kind: number, callback?: () => void): void;
}

export interface StreamEncoderSettings {
  stream: ZlibStream;
  /** How this coding is told to push out what it holds. */
  flushKind: number;
  output: EncodedOutput;
  /** Each write leaves at once. */
  isEager: boolean;
}

/** An app that pauses this long wants what it has written to arrive: no coding may hold back the first half of a page. */
const PAUSE_MS = 20;

/** One of Node's compressing streams, which work on other threads. */
export class StreamEncoder implements BodyEncoder {
  readonly #stream: ZlibStream;
  readonly #flushKind: number;
  readonly #isEager: boolean;
  #pause: ReturnType<typeof setTimeout> | undefined = undefined;
  #isOver = false;

  constructor({ stream, flushKind, output, isEager }: StreamEncoderSettings) {
    this.#stream = stream;
    this.#flushKind = flushKind;
    this.#isEager = isEager;
    stream.on("data", (bytes: Uint8Array) => output.push(bytes));
    stream.on("drain", () => output.drain());
    stream.once("end", () => output.end());
    stream.once("error", (error) => output.fail(error));
  }

  write(bytes: Uint8Array): boolean {
    // A copy: the coding reads later, and the app may use its buffer again.
    const takesMore = this.#stream.write(Buffer.from(bytes));
    if (this.#isEager) this.flush();
    else if (this.#pause === undefined) this.#pause = setTimeout(() => this.#flushPaused(), PAUSE_MS);
    else this.#pause.refresh();
    return takesMore;
  }

  flush(): void {
    if (!this.#isOver) this.#stream.flush(this.#flushKind);
  }

  end(): void {
    this.#stop();
    this.#stream.end();
  }

  destroy(): void {
    this.#stop();
    this.#stream.destroy();
  }

  #flushPaused(): void {
    this.#pause = undefined;
    this.flush();
  }

  #stop(): void {
    this.#isOver = true;
    if (this.#pause !== undefined) clearTimeout(this.#pause);
    this.#pause = undefined;
  }
}
