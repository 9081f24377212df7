import type { SeriesKind } from "../ports.ts";
import type { SeriesMemory } from "./series-memory.ts";

const WEIGHT = 0;
const SEEN = 1;
/** Of all values, at most 0. */
const LOWEST = 2;
export const SCALE_NUMBERS = 3;
const WEIGHT_RATE = 0.005;
/** Its square still fits into single precision. */
const LARGEST = 1e15;
/** A duration of a thousandth of its unit is where the logarithm begins to bend. */
const DURATION_SCALE = 1000;

/**
 * The scale on which a kind of value is even: counts by their root and ratios by the arcsine of theirs, where their variance depends
 * on the level no longer, and durations by their logarithm. What rests on fewer events than usual is drawn towards the level.
 */
export class ValueScale {
  readonly #kind: SeriesKind;
  readonly #cells: Float64Array;
  readonly #at: number;

  constructor(memory: SeriesMemory, kind: SeriesKind) {
    this.#kind = kind;
    this.#cells = memory.numbers;
    this.#at = memory.takeNumbers(SCALE_NUMBERS);
  }

  /** NaN for what is not a value of this kind. */
  toModel(value: number): number {
    if (!Number.isFinite(value)) return Number.NaN;
    const bounded = Math.max(-LARGEST, Math.min(LARGEST, value));
    switch (this.#kind) {
      case "gauge":
        return bounded;
      case "count":
        return bounded < 0 ? Number.NaN : 2 * Math.sqrt(bounded + 0.375);
      case "ratio":
        return bounded < 0 || bounded > 1 ? Number.NaN : Math.asin(Math.sqrt(bounded));
      case "duration":
        return bounded < 0 ? Number.NaN : Math.log1p(DURATION_SCALE * bounded);
    }
  }

  /** Never what the kind cannot be, and a gauge that never was below 0 is not expected there. */
  toValue(model: number): number {
    switch (this.#kind) {
      case "gauge":
        return this.#cells[this.#at + LOWEST]! < 0 ? model : Math.max(0, model);
      case "count":
        return Math.max(0, Math.max(0, model) ** 2 / 4 - 0.375);
      case "ratio":
        return Math.sin(Math.max(0, Math.min(Math.PI / 2, model))) ** 2;
      case "duration":
        return Math.max(0, Math.expm1(model) / DURATION_SCALE);
    }
  }

  /** `model` as far from `level` as its weight allows. */
  weigh(model: number, level: number, weight: number): number {
    const usual = this.#cells[this.#at + WEIGHT]!;
    return weight < usual ? level + (model - level) * Math.sqrt(weight / usual) : model;
  }

  learn(model: number, weight: number): void {
    const cells = this.#cells;
    const seen = ++cells[this.#at + SEEN]!;
    cells[this.#at + WEIGHT]! += Math.max(WEIGHT_RATE, 1 / seen) * (weight - cells[this.#at + WEIGHT]!);
    cells[this.#at + LOWEST] = Math.min(cells[this.#at + LOWEST]!, model);
  }
}
