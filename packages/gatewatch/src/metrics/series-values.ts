/** Most metrics have few rows: blocks begin with one and double. */
const MAX_ROWS_PER_BLOCK = 64;

/** Room for the numbers of many rows in few arrays: an array for each row would cost the garbage collector more than the numbers. */
export class SeriesValues {
  readonly #width: number;
  #block = new Float64Array(0);
  #used = 0;
  #rows = 1;

  /** @param width numbers of one row. */
  constructor(width: number) {
    this.#width = width;
  }

  /** A row of zeros: where it begins, and in which array. */
  take(): { block: Float64Array; at: number } {
    if (this.#used + this.#width > this.#block.length) {
      this.#block = new Float64Array(this.#width * this.#rows);
      this.#rows = Math.min(MAX_ROWS_PER_BLOCK, this.#rows * 2);
      this.#used = 0;
    }
    const at = this.#used;
    this.#used += this.#width;
    return { block: this.#block, at };
  }
}
