import type { RecentValues } from "./recent-values.ts";
import type { SeriesMemory } from "./series-memory.ts";

export const MAX_SEASON = 320;
export const SEASON_FLOATS = MAX_SEASON + 1;
export const SEASON_NUMBERS = 2;
const RATE = 0.001;
const CLIP = 3;
const FROM = 30;
const LOOK_EVERY = 64;
const MIN_LAG = 4;
/** Cycles that must have been seen. */
const MIN_CYCLES = 3;
const MIN_CORRELATION = 0.25;
/** Above the lowest correlation of shorter lags: or the wiggles of a slow series would pass for a season. */
const MIN_RISE = 0.2;
/** A longer lag must be better by this much, or multiples of a season would win by chance. */
const CLEARLY = 0.02;
/** A season is kept until another is better by this much. */
const KEEP = 0.05;

/** Finds after how many points a series repeats itself: the highest peak of its fading autocorrelation. */
export class SeasonFinder {
  readonly #products: Float32Array;
  readonly #cells: Float64Array;
  readonly #at: number;

  constructor(memory: SeriesMemory) {
    const from = memory.takeFloats(SEASON_FLOATS);
    this.#products = memory.floats.subarray(from, from + SEASON_FLOATS);
    this.#cells = memory.numbers;
    this.#at = memory.takeNumbers(SEASON_NUMBERS);
  }

  /** In points; 0 while there is none. */
  get season(): number {
    return this.#cells[this.#at]!;
  }

  /** To be called before `value` joins the recent ones. */
  add(value: number, recent: RecentValues, level: number, spread: number): void {
    const seen = recent.seen;
    if (seen <= FROM) return;
    const clip = CLIP * spread;
    const clipped = Math.max(-clip, Math.min(clip, value - level));
    const offset = recent.origin - level;
    const products = this.#products;
    const rate = Math.max(RATE, 1 / (seen - FROM));
    const longest = Math.min(MAX_SEASON, seen - FROM - 1);
    const values = recent.values;
    const newest = recent.newest;
    products[0]! += rate * (clipped * clipped - products[0]!);
    for (let lag = 1; lag <= longest; lag++) {
      const before = values[newest + 1 - lag]! + offset;
      const bounded = before > clip ? clip : before < -clip ? -clip : before;
      products[lag]! += rate * (clipped * bounded - products[lag]!);
    }
    if (seen % LOOK_EVERY === 0) this.#look(seen);
  }

  #look(seen: number): void {
    const products = this.#products;
    const variance = products[0]!;
    if (!(variance > 0)) return;
    const longest = Math.min(MAX_SEASON - 1, Math.floor(seen / MIN_CYCLES));
    let best = 0;
    let bestLag = 0;
    let lowest = variance;
    for (let lag = MIN_LAG; lag < longest; lag++) {
      const here = products[lag]!;
      lowest = Math.min(lowest, here);
      if (here < lowest + MIN_RISE * variance || here <= products[lag - 1]! || here < products[lag + 1]!) continue;
      if (here / variance > best + CLEARLY) {
        best = here / variance;
        bestLag = lag;
      }
    }
    if (best <= MIN_CORRELATION) return;
    const now = this.season;
    if (now === 0 || (Math.abs(bestLag - now) > 1 && best > products[now]! / variance + KEEP)) {
      this.#cells[this.#at] = bestLag;
    }
  }
}
