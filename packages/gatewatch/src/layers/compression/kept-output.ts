import type { EncodedOutput } from "../../gate/body-plan.ts";

/** Keeps a copy of what an encoder makes, as long as that is shorter than what it is made of. */
export class KeptOutput implements EncodedOutput {
  readonly #output: EncodedOutput;
  readonly #maxBytes: number;
  readonly #whenWhole: (encoded: Uint8Array) => void;
  #pieces: Uint8Array[] | undefined = [];
  #bytes = 0;

  constructor(output: EncodedOutput, maxBytes: number, whenWhole: (encoded: Uint8Array) => void) {
    this.#output = output;
    this.#maxBytes = maxBytes;
    this.#whenWhole = whenWhole;
  }

  push(bytes: Uint8Array): void {
    this.#bytes += bytes.byteLength;
    if (this.#bytes >= this.#maxBytes) this.#pieces = undefined;
    this.#pieces?.push(bytes);
    this.#output.push(bytes);
  }

  drain(): void {
    this.#output.drain();
  }

  end(): void {
    const pieces = this.#pieces;
    this.#pieces = undefined;
    if (pieces !== undefined) this.#whenWhole(Buffer.concat(pieces));
    this.#output.end();
  }

  fail(error: unknown): void {
    this.#pieces = undefined;
    this.#output.fail(error);
  }
}
