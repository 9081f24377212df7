const MOST_BYTES_PER_UNIT = 3;
const encoder = new TextEncoder();

/** Texts one after the other as UTF-8. */
export class TextBytes {
  #bytes = new Uint8Array(16_384);
  #length = 0;

  add(text: string): void {
    const needed = this.#length + text.length * MOST_BYTES_PER_UNIT;
    if (needed > this.#bytes.length) this.#grow(needed);
    this.#length += encoder.encodeInto(text, this.#bytes.subarray(this.#length)).written;
  }

  take(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #grow(needed: number): void {
    const bytes = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    bytes.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = bytes;
  }
}
