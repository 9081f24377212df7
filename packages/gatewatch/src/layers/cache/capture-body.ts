import type { BodyObserver } from "../../gate/body-plan.ts";

/** Bytes that are being kept in all of a process's captures, and how many there may be. */
export interface CaptureBudget {
  usedBytes: number;
  maxBytes: number;
}

/** What became of a body: its bytes when it came whole, is as long as its head said, and was not too long. */
export type Captured = Uint8Array | "broken" | "too-large";

/** Copies a body that passes. */
export class BodyCapture implements BodyObserver {
  readonly #maxBytes: number;
  readonly #expectedBytes: number | undefined;
  readonly #budget: CaptureBudget;
  readonly #whenDone: (captured: Captured) => void;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #isOver = false;

  constructor(
    maxBytes: number,
    expectedBytes: number | undefined,
    budget: CaptureBudget,
    whenDone: (captured: Captured) => void,
  ) {
    this.#maxBytes = maxBytes;
    this.#expectedBytes = expectedBytes;
    this.#budget = budget;
    this.#whenDone = whenDone;
  }

  onChunk(bytes: Uint8Array): void {
    if (this.#isOver) return;
    const { byteLength } = bytes;
    if (this.#bytes + byteLength > this.#maxBytes || this.#budget.usedBytes + byteLength > this.#budget.maxBytes) {
      this.#end("too-large");
      return;
    }
    this.#bytes += byteLength;
    this.#budget.usedBytes += byteLength;
    this.#chunks.push(copyBytes(bytes));
  }

  onEnd(complete: boolean): void {
    if (this.#isOver) return;
    const isWhole = complete && (this.#expectedBytes === undefined || this.#expectedBytes === this.#bytes);
    this.#end(isWhole ? join(this.#chunks, this.#bytes) : "broken");
  }

  #end(captured: Captured): void {
    this.#isOver = true;
    this.#budget.usedBytes -= this.#bytes;
    this.#chunks = [];
    this.#bytes = 0;
    this.#whenDone(captured);
  }
}

/** Node's own kind of bytes, which it sends as they are; outside of the pool that short ones would keep alive. */
function copyBytes(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.allocUnsafeSlow(bytes.byteLength);
  copy.set(bytes);
  return copy;
}

function join(chunks: readonly Uint8Array[], bytes: number): Uint8Array {
  const [first] = chunks;
  if (chunks.length === 1 && first !== undefined) return first;
  const whole = Buffer.allocUnsafeSlow(bytes);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}
