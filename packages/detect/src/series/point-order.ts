import type { SeriesMemory } from "./series-memory.ts";

export const ORDER_NUMBERS = 4;
const LAST = 0;
const LATE_RUN = 1;
const LAST_LATE = 2;
const HAS_ANY = 3;

/** So many late points in a row, each later than the one before, are a clock that was set back. */
const CLOCK_SET_BACK = 32;

/** Which points come in order. */
export class PointOrder {
  readonly #cells: Float64Array;
  readonly #at: number;

  constructor(memory: SeriesMemory) {
    this.#cells = memory.numbers;
    this.#at = memory.takeNumbers(ORDER_NUMBERS);
  }

  /** Whether a point may be learned: later than all before it, or of a clock that has been set back for good. */
  accept(atMs: number): boolean {
    const cells = this.#cells;
    const at = this.#at;
    if (cells[at + HAS_ANY] === 1 && atMs <= cells[at + LAST]!) {
      const goesOn = atMs > cells[at + LAST_LATE]! || cells[at + LATE_RUN] === 0;
      cells[at + LATE_RUN] = goesOn && atMs < cells[at + LAST]! ? cells[at + LATE_RUN]! + 1 : 0;
      cells[at + LAST_LATE] = atMs;
      if (cells[at + LATE_RUN]! < CLOCK_SET_BACK) return false;
    }
    cells[at + HAS_ANY] = 1;
    cells[at + LAST] = atMs;
    cells[at + LATE_RUN] = 0;
    return true;
  }
}
