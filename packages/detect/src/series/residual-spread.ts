import type { SeriesMemory } from "./series-memory.ts";

const SPREAD = 0;
const SEEN = 1;
const ROUGH = 2;
export const SPREAD_NUMBERS = 3;

const CLIP = 5;
const LEARN_FREELY = 20;
/** As of a `RobustLevel`: without it a spread would shrink without end where all but a few predictions are exact. */
const ROUGH_SHARE = 0.05;

/** How far a prediction is usually off. */
export class ResidualSpread {
  readonly #cells: Float64Array;
  readonly #at: number;
  readonly #rate: number;

  constructor(memory: SeriesMemory, rate: number) {
    this.#cells = memory.numbers;
    this.#at = memory.takeNumbers(SPREAD_NUMBERS);
    this.#rate = rate;
  }

  get value(): number {
    return Math.max(this.#cells[this.#at + SPREAD]!, ROUGH_SHARE * this.#cells[this.#at + ROUGH]!);
  }

  add(distance: number): void {
    const cells = this.#cells;
    const at = this.#at;
    const seen = ++cells[at + SEEN]!;
    const spread = cells[at + SPREAD]!;
    const clipped = seen > LEARN_FREELY && spread > 0 ? Math.min(distance, CLIP * spread) : distance;
    const rate = Math.max(this.#rate, 1 / seen);
    cells[at + SPREAD] = spread + rate * (clipped - spread);
    cells[at + ROUGH]! += rate * (distance - cells[at + ROUGH]!);
  }
}
