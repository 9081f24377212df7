import type { SeriesMemory } from "./series-memory.ts";
import type { TimeProfile } from "./time-profile.ts";

const HOUR_MS = 3_600_000;
const SHIFTS_MS = [0, -HOUR_MS, HOUR_MS] as const;
export const CLOCK_NUMBERS = SHIFTS_MS.length + 1;
/** Hours over which the errors of a shifted day are compared. */
const MEMORY_HOURS = 6;
/** A shifted day must fit this much better before clocks are taken to have been changed. */
const CLEARLY_BETTER = 0.5;

/** Follows a change between summer and winter time: then the habits of a day come an hour earlier or later by UTC, and stay so. */
export class ClockShift {
  readonly #cells: Float64Array;
  readonly #at: number;
  readonly #rate: number;

  /** @param intervalMs of points; with points further apart than an hour nothing can be seen */
  constructor(memory: SeriesMemory, intervalMs: number) {
    this.#cells = memory.numbers;
    this.#at = memory.takeNumbers(CLOCK_NUMBERS);
    this.#rate = intervalMs > HOUR_MS ? 0 : intervalMs / (MEMORY_HOURS * HOUR_MS);
  }

  /** To be added to a time before a profile is asked. */
  get shiftMs(): number {
    return this.#cells[this.#at + SHIFTS_MS.length]!;
  }

  /** To be called before `value` is learned at the shifted time `atMs`. */
  add(value: number, atMs: number, day: TimeProfile): void {
    const spread = day.spread;
    if (this.#rate === 0 || !(spread > 0)) return;
    const cells = this.#cells;
    for (let shift = 0; shift < SHIFTS_MS.length; shift++) {
      const expected = day.expectedAt(atMs + SHIFTS_MS[shift]!);
      if (Number.isNaN(expected)) return;
      const error = Math.min(8, Math.abs(value - expected) / spread);
      cells[this.#at + shift]! += this.#rate * (error - cells[this.#at + shift]!);
    }
    const now = cells[this.#at]!;
    for (let shift = 1; shift < SHIFTS_MS.length; shift++) {
      if (now < 1.5 || cells[this.#at + shift]! > CLEARLY_BETTER * now) continue;
      cells[this.#at + SHIFTS_MS.length]! += SHIFTS_MS[shift]!;
      cells[this.#at] = cells[this.#at + shift]!;
      cells.fill(cells[this.#at]! * 2, this.#at + 1, this.#at + SHIFTS_MS.length);
      return;
    }
  }
}
