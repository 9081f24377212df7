import { ResidualSpread, SPREAD_NUMBERS } from "./residual-spread.ts";
import type { SeriesMemory } from "./series-memory.ts";

const SLOT = 0;
const COUNT = 1;
const MEAN = 2;
export const PROFILE_NUMBERS = 3 + SPREAD_NUMBERS;

const SPREAD_RATE = 0.002;
const VALUE_CLIP = 6;
/** Marks a slot of which nothing is known: no value is as large, and a snapshot holds numbers only. */
const UNKNOWN = Math.fround(3e38);
const FLOOR = 1e-9;
const RELATIVE_FLOOR = 1e-4;

/** What is usual at each time of a day or a week, between whose slots it is interpolated. */
export class TimeProfile {
  readonly #means: Float32Array;
  readonly #at: number;
  readonly #slots: number;
  readonly #periodMs: number;
  readonly #rate: number;
  readonly #cells: Float64Array;
  /** Of the visit to a slot that is going on. */
  readonly #visitAt: number;
  readonly #spread: ResidualSpread;

  /** @param rate at which a slot follows each time it comes round */
  constructor(memory: SeriesMemory, slots: number, periodMs: number, rate: number) {
    this.#means = memory.floats;
    this.#at = memory.takeFloats(slots);
    this.#slots = slots;
    this.#periodMs = periodMs;
    this.#rate = rate;
    this.#cells = memory.numbers;
    this.#visitAt = memory.takeNumbers(PROFILE_NUMBERS - SPREAD_NUMBERS);
    this.#spread = new ResidualSpread(memory, SPREAD_RATE);
  }

  /** To be called once on a block that holds nothing yet. */
  clear(): void {
    this.#means.fill(UNKNOWN, this.#at, this.#at + this.#slots);
  }

  /** NaN where nothing is known of that time. */
  expectedAt(atMs: number): number {
    const place = this.#phaseOf(atMs) * this.#slots - 0.5;
    const floor = Math.floor(place);
    const share = place - floor;
    const left = this.#means[this.#at + ((floor + this.#slots) % this.#slots)]!;
    const right = this.#means[this.#at + ((floor + 1) % this.#slots)]!;
    if (left === UNKNOWN) return right === UNKNOWN ? Number.NaN : right;
    if (right === UNKNOWN) return left;
    return left + share * (right - left);
  }

  get spread(): number {
    return this.#spread.value;
  }

  /** How many usual distances a value is away from what is `expected`, below 0 for a low one. */
  distanceOf(value: number, expected: number): number {
    if (Number.isNaN(expected)) return 0;
    return (value - expected) / (this.#spread.value + FLOOR + RELATIVE_FLOOR * Math.abs(expected));
  }

  add(value: number, atMs: number, expected: number): void {
    if (!Number.isNaN(expected) && value !== expected) this.#spread.add(Math.abs(value - expected));
    const cells = this.#cells;
    const at = this.#visitAt;
    const slot = Math.min(this.#slots - 1, Math.floor(this.#phaseOf(atMs) * this.#slots));
    if (slot !== cells[at + SLOT]! || cells[at + COUNT] === 0) {
      if (cells[at + COUNT]! > 0) this.#endVisit(cells[at + SLOT]!, cells[at + MEAN]!);
      cells[at + SLOT] = slot;
      cells[at + COUNT] = 0;
      cells[at + MEAN] = 0;
    }
    const count = ++cells[at + COUNT]!;
    cells[at + MEAN]! += (value - cells[at + MEAN]!) / count;
  }

  /** A slot follows its visits only once they are over: what it says of a time never comes from that time itself. */
  #endVisit(slot: number, value: number): void {
    const place = this.#at + slot;
    const mean = this.#means[place]!;
    if (mean === UNKNOWN) {
      this.#means[place] = value;
      return;
    }
    const clip = VALUE_CLIP * this.#spread.value;
    this.#means[place] = mean + this.#rate * Math.max(-clip, Math.min(clip, value - mean));
  }

  #phaseOf(atMs: number): number {
    const into = atMs % this.#periodMs;
    return (into < 0 ? into + this.#periodMs : into) / this.#periodMs;
  }
}
