import { countPValue } from "../laws/count-law.ts";
import { ratioPValue } from "../laws/ratio-law.ts";
import type { SeriesKind } from "../ports.ts";
import type { SeriesMemory } from "./series-memory.ts";

export const LAW_NUMBERS = 3;
const RATE = 0.003;
const CLIP = 16;
const LEAST_MEAN = 1e-3;
const LEAST = 1e-300;

/** How unlikely a count or a ratio is by its own law around what is expected, as −log10 p, below 0 for a low one; 0 for other kinds. */
export class LawDistance {
  readonly #kind: SeriesKind;
  readonly #cells: Float64Array;
  readonly #at: number;

  constructor(memory: SeriesMemory, kind: SeriesKind) {
    this.#kind = kind;
    this.#cells = memory.numbers;
    this.#at = memory.takeNumbers(LAW_NUMBERS);
  }

  get isKnown(): boolean {
    return this.#kind === "count" || this.#kind === "ratio";
  }

  distanceOf(value: number, weight: number, expected: number): number {
    const mean = this.#kind === "count" ? Math.max(LEAST_MEAN, expected) : expected;
    const p =
      this.#kind === "count"
        ? countPValue(value, mean, this.dispersion)
        : ratioPValue(value * weight, weight, boundRatio(mean, weight), this.dispersion);
    const surprise = -Math.log10(Math.max(LEAST, p));
    return value < expected ? -surprise : surprise;
  }

  /** Probability of at most that count where `expected` is, by the counts' own law. */
  pValueOfFewer(count: number, expected: number): number {
    return countPValue(count, expected, this.dispersion, "lower");
  }

  /** Of the negative binomial or the beta-binomial law; 0 for Poisson's and the binomial. */
  get dispersion(): number {
    const excess = this.#cells[this.#at]!;
    const unit = this.#cells[this.#at + 1]!;
    return excess > 0 && unit > 0 ? Math.min(1e6, excess / unit) : 0;
  }

  add(value: number, weight: number, expected: number): void {
    let variance: number;
    let unit: number;
    let square: number;
    if (this.#kind === "count") {
      const mean = Math.max(LEAST_MEAN, expected);
      variance = mean;
      unit = mean * mean;
      square = (value - mean) ** 2;
    } else {
      const ratio = boundRatio(expected, weight);
      variance = weight * ratio * (1 - ratio);
      unit = variance * Math.max(0, weight - 1);
      square = ((value - ratio) * weight) ** 2;
    }
    const cells = this.#cells;
    const rate = Math.max(RATE, 1 / ++cells[this.#at + 2]!);
    const clipped = Math.min(square, CLIP * (variance + this.dispersion * unit));
    cells[this.#at]! += rate * (clipped - variance - cells[this.#at]!);
    cells[this.#at + 1]! += rate * (unit - cells[this.#at + 1]!);
  }
}

/** Never quite 0 or 1: a first error is surprising, not impossible. */
function boundRatio(ratio: number, weight: number): number {
  const least = 0.5 / (weight + 1);
  return Math.max(least, Math.min(1 - least, ratio));
}
