import type { RecentValues } from "./recent-values.ts";
import { ResidualSpread, SPREAD_NUMBERS } from "./residual-spread.ts";
import type { SeriesMemory } from "./series-memory.ts";

const LAGS = 8;
const SEASON_LAGS = 3;
const TERMS = LAGS + 1 + SEASON_LAGS;
const NEWEST = TERMS;
const GAIN = 2 * TERMS;
const COVARIANCE = 3 * TERMS;
const OWN_NUMBERS = COVARIANCE + TERMS * TERMS;
export const AUTOREGRESSION_NUMBERS = OWN_NUMBERS + SPREAD_NUMBERS;

const FORGET = 0.999;
const FIRST_VARIANCE = 100;
const MAX_TRACE = 1e6 * TERMS;
const SPREAD_RATE = 0.003;
const ERROR_CLIP = 8;
const FLOOR = 1e-4;
const FROM = 30;
/** Usual distances beyond which a value counts by its logarithm only. */
const SOFT_LIMIT = 20;

/** Predicts the next value from the last eight and those a season ago, by recursive least squares that forget. */
export class Autoregression {
  /** The weights, the terms, the gain (of no meaning between calls) and the covariance, one after the other. */
  readonly #cells: Float64Array;
  readonly #spread: ResidualSpread;

  constructor(memory: SeriesMemory) {
    const from = memory.takeNumbers(OWN_NUMBERS);
    this.#cells = memory.numbers.subarray(from, from + OWN_NUMBERS);
    this.#spread = new ResidualSpread(memory, SPREAD_RATE);
  }

  /** To be called once on a block that holds nothing yet. */
  clear(): void {
    for (let term = 0; term < TERMS; term++) this.#cells[COVARIANCE + term * TERMS + term] = FIRST_VARIANCE;
  }

  /** NaN while too little is known. To be called before `learn`, which goes on from the same terms. */
  predict(recent: RecentValues, season: number, level: number, spread: number): number {
    if (recent.seen <= FROM) return Number.NaN;
    const cells = this.#cells;
    for (let lag = 1; lag <= LAGS; lag++) cells[NEWEST + lag - 1] = softly((recent.back(lag) - level) / spread);
    cells[NEWEST + LAGS] = 1;
    const has = season > 0;
    cells[NEWEST + LAGS + 1] = has ? softly((recent.back(season) - level) / spread) : 0;
    cells[NEWEST + LAGS + 2] = has ? softly((recent.back(season + 1) - level) / spread) : 0;
    cells[NEWEST + LAGS + 3] = has ? softly((recent.back(season - 1) - level) / spread) : 0;
    let sum = 0;
    for (let term = 0; term < TERMS; term++) sum += cells[term]! * cells[NEWEST + term]!;
    return sum;
  }

  distanceOf(error: number): number {
    return error / (this.#spread.value + FLOOR);
  }

  learn(error: number): void {
    const spread = this.#spread;
    spread.add(Math.abs(error));
    const clip = ERROR_CLIP * spread.value;
    this.#update(Math.max(-clip, Math.min(clip, error)));
  }

  #update(error: number): void {
    const cells = this.#cells;
    let total = FORGET;
    for (let row = 0; row < TERMS; row++) {
      let sum = 0;
      for (let column = 0; column < TERMS; column++)
        sum += cells[COVARIANCE + row * TERMS + column]! * cells[NEWEST + column]!;
      cells[GAIN + row] = sum;
      total += cells[NEWEST + row]! * sum;
    }
    let trace = 0;
    for (let row = 0; row < TERMS; row++) {
      const share = cells[GAIN + row]! / total;
      cells[row]! += share * error;
      for (let column = 0; column <= row; column++) {
        const value = (cells[COVARIANCE + row * TERMS + column]! - share * cells[GAIN + column]!) / FORGET;
        cells[COVARIANCE + row * TERMS + column] = value;
        cells[COVARIANCE + column * TERMS + row] = value;
      }
      trace += cells[COVARIANCE + row * TERMS + row]!;
    }
    if (trace > MAX_TRACE) for (let cell = COVARIANCE; cell < OWN_NUMBERS; cell++) cells[cell]! *= 0.5;
  }
}

export function softly(distance: number): number {
  if (distance > SOFT_LIMIT) return SOFT_LIMIT + Math.log(distance - SOFT_LIMIT + 1);
  if (distance < -SOFT_LIMIT) return -SOFT_LIMIT - Math.log(1 - SOFT_LIMIT - distance);
  return distance;
}
