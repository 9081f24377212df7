import type { SeriesMemory } from "./series-memory.ts";

const LEVEL = 0;
const SPREAD = 1;
const SEEN = 2;
const ROUGH = 3;
export const LEVEL_NUMBERS = 4;

/** A step counts at most this many times the usual distance: one outlier moves neither level nor spread far. */
const STEP_CLIP = 4;
const SPREAD_CLIP = 5;
const LEARN_FREELY = 20;
/** A change of a ten-thousandth of the level is no change. */
const RELATIVE_FLOOR = 1e-4;
const ABSOLUTE_FLOOR = 1e-9;
/** A spread that leaves out rare large values would shrink without end where all values but those are alike. */
const ROUGH_SHARE = 0.05;

/** Where values usually lie and how far from there, both fading at `rate` a point. */
export class RobustLevel {
  readonly #cells: Float64Array;
  readonly #at: number;
  readonly #rate: number;

  constructor(memory: SeriesMemory, rate: number) {
    this.#cells = memory.numbers;
    this.#at = memory.takeNumbers(LEVEL_NUMBERS);
    this.#rate = rate;
  }

  get level(): number {
    return this.#cells[this.#at + LEVEL]!;
  }

  /** Mean absolute distance from the level, above 0. */
  get spread(): number {
    const usual = Math.max(this.#cells[this.#at + SPREAD]!, ROUGH_SHARE * this.#cells[this.#at + ROUGH]!);
    return usual + ABSOLUTE_FLOOR + RELATIVE_FLOOR * Math.abs(this.level);
  }

  /** How many usual distances a value is away, below 0 for a low one. */
  distanceOf(value: number): number {
    return this.#cells[this.#at + SEEN]! < 5 ? 0 : (value - this.level) / this.spread;
  }

  add(value: number): void {
    const cells = this.#cells;
    const at = this.#at;
    const seen = ++cells[at + SEEN]!;
    const rate = Math.max(this.#rate, 1 / seen);
    const spread = cells[at + SPREAD]!;
    let step = value - cells[at + LEVEL]!;
    const rough = Math.abs(step);
    let distance = rough;
    if (seen > LEARN_FREELY && spread > 0) {
      step = Math.max(-STEP_CLIP * spread, Math.min(STEP_CLIP * spread, step));
      distance = Math.min(distance, SPREAD_CLIP * spread);
    }
    if (seen > 1) {
      const spreadRate = Math.max(this.#rate, 1 / (seen - 1));
      cells[at + SPREAD] = spread + spreadRate * (distance - spread);
      cells[at + ROUGH]! += spreadRate * (rough - cells[at + ROUGH]!);
    }
    cells[at + LEVEL]! += rate * step;
  }
}
