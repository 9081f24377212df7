const ROWS_PER_BLOCK = 32;

/** Room for the numbers of many rows in few arrays: an array for each row would cost the garbage collector more than the numbers. */
export class SeriesValues {
  readonly #width: number;
  #block = new Float64Array(0);
  #used = 0;

  /** @param width numbers of one row. */
  constructor(width: number) {
    this.#width = width;
  }

  /** A row of zeros: where it begins, and in which array. */
  take(): { block: Float64Array; at: number } {
    if (this.#used + this.#width > this.#block.length) {
      this.#block = new Float64Array(this.#width * ROWS_PER_BLOCK);
      this.#used = 0;
    }
    const at = this.#used;
    this.#used += this.#width;
    return { block: this.#block, at };
  }
}
