import { halveCounts } from "./halve-counts.ts";
import type { StateReader } from "../snapshot/state-reader.ts";
import type { StateWriter } from "../snapshot/state-writer.ts";

const BUCKETS = 96;
const PER_UNIT = 8;
const FADE_AT = 4_000;
const MIN_SIZE = 60;
const BODY = 0.9;
/** How far beyond the body's end: scores are sums of −log10, so that a unit is about a decade. */
const RATE_WINDOW = 1_000;
const LEAK = 0.7;
const BEYOND = 0.9;

/** From which score on an event is too strange to be learned at once: by the body of the scores, which a few attacks in a hundred cannot move far. */
export class ScoreGate {
  readonly #counts = new Uint16Array(BUCKETS);
  #size = 0;
  #limit = 4;
  #strangeRate = 0;
  #sourcedShare = 0;

  add(score: number, hasSource: boolean): void {
    this.#sourcedShare += ((hasSource ? 1 : 0) - this.#sourcedShare) / RATE_WINDOW;
    this.#strangeRate += ((score > this.#limit ? 1 : 0) - this.#strangeRate) / RATE_WINDOW;
    this.#counts[Math.max(0, Math.min(BUCKETS - 1, Math.floor(score * PER_UNIT)))]!++;
    this.#size++;
    if (this.#size >= FADE_AT) this.#size = halveCounts(this.#counts);
    if ((this.#size & 31) === 0) this.#refresh();
  }

  /** @param draw evenly from 0 to 1: what is a little strange is learned now and then, so that nothing normal stays strange for ever */
  isStrange(score: number, draw: number): boolean {
    return score > this.#limit && draw > 10 ** (LEAK * (this.#limit - score));
  }

  isBeyond(score: number): boolean {
    return score > this.#limit;
  }

  /** Share of the events that are beyond the limit. */
  get strangeRate(): number {
    return this.#strangeRate;
  }

  /** Whether most events say whom they came from. */
  get knowsSources(): boolean {
    return this.#sourcedShare > 0.5;
  }

  #refresh(): void {
    if (this.#size < MIN_SIZE) return;
    let below = 0;
    let at = 0;
    while (at < BUCKETS - 1 && (below += this.#counts[at]!) < BODY * this.#size) at++;
    this.#limit = (at + 1) / PER_UNIT + BEYOND;
  }

  merge(other: ScoreGate): void {
    this.#size = 0;
    for (let at = 0; at < BUCKETS; at++) this.#size += this.#counts[at] = (this.#counts[at]! + other.#counts[at]!) >> 1;
    this.#refresh();
  }

  write(w: StateWriter): void {
    w.numbers(this.#counts);
    w.f64(this.#limit);
    w.f64(this.#strangeRate);
    w.f64(this.#sourcedShare);
  }

  readInto(r: StateReader): void {
    r.numbersInto(this.#counts);
    this.#limit = r.finite(0, 1e3);
    this.#strangeRate = r.finite(0, 1);
    this.#sourcedShare = r.finite(0, 1);
    for (const count of this.#counts) this.#size += count;
    if (this.#size >= FADE_AT) r.refuse("A gate has seen more than it remembers.");
  }
}
