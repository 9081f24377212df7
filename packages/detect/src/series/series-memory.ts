/** How much a series may remember, in cells of each width. */
export interface MemorySize {
  numbers: number;
  floats: number;
  counts: number;
}

/**
 * All that a series remembers, in one block: parts of the detector take their cells in a fixed order, so that a snapshot is a copy of
 * the block, and ten thousand series cost no thousand small objects each.
 */
export class SeriesMemory {
  readonly block: ArrayBuffer;
  readonly numbers: Float64Array;
  readonly floats: Float32Array;
  readonly counts: Uint16Array;
  readonly #taken: MemorySize = { numbers: 0, floats: 0, counts: 0 };

  constructor({ numbers, floats, counts }: MemorySize) {
    const floatsAt = numbers * 8;
    const countsAt = floatsAt + floats * 4;
    this.block = new ArrayBuffer(countsAt + counts * 2);
    this.numbers = new Float64Array(this.block, 0, numbers);
    this.floats = new Float32Array(this.block, floatsAt, floats);
    this.counts = new Uint16Array(this.block, countsAt, counts);
  }

  /** The place of the first of `count` new cells. */
  takeNumbers(count: number): number {
    return (this.#taken.numbers += count) - count;
  }

  takeFloats(count: number): number {
    return (this.#taken.floats += count) - count;
  }

  takeCounts(count: number): number {
    return (this.#taken.counts += count) - count;
  }

  /** Cells that nobody has taken; below 0 where more were taken than there are. */
  get spare(): MemorySize {
    return {
      numbers: this.numbers.length - this.#taken.numbers,
      floats: this.floats.length - this.#taken.floats,
      counts: this.counts.length - this.#taken.counts,
    };
  }
}
