import type { SeriesMemory } from "./series-memory.ts";

const RECENT = 340;
/** Each value is written twice, so that the last `RECENT` of them always lie in a row. */
export const RECENT_FLOATS = 2 * RECENT;
export const RECENT_NUMBERS = 2;

/** The last values, as differences from the very first one so that single precision is enough. */
export class RecentValues {
  readonly #values: Float32Array;
  readonly #cells: Float64Array;
  readonly #at: number;

  constructor(memory: SeriesMemory) {
    const from = memory.takeFloats(RECENT_FLOATS);
    this.#values = memory.floats.subarray(from, from + RECENT_FLOATS);
    this.#cells = memory.numbers;
    this.#at = memory.takeNumbers(RECENT_NUMBERS);
  }

  /** How many values there ever were. */
  get seen(): number {
    return this.#cells[this.#at]!;
  }

  /** What is to be added to `values`. */
  get origin(): number {
    return this.#cells[this.#at + 1]!;
  }

  /** In order, less the origin; the newest stands at `newest`, and `RECENT` of them are there. */
  get values(): Float32Array {
    return this.#values;
  }

  get newest(): number {
    return RECENT + ((this.seen + RECENT - 1) % RECENT);
  }

  /** `lag` 1 is the newest. */
  back(lag: number): number {
    return this.#values[this.newest + 1 - lag]! + this.origin;
  }

  add(value: number): void {
    const seen = this.seen;
    if (seen === 0) this.#cells[this.#at + 1] = value;
    const place = seen % RECENT;
    this.#values[place] = value - this.origin;
    this.#values[RECENT + place] = value - this.origin;
    this.#cells[this.#at] = seen + 1;
  }
}
