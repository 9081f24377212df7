import { halveCounts } from "./halve-counts.ts";
import type { StateReader } from "../snapshot/state-reader.ts";
import type { StateWriter } from "../snapshot/state-writer.ts";

const BUCKETS = 56;
/** Then what is old begins to count less; at first soon, since what is said while little is known is said too loudly. */
const FIRST_FADE = 150;
const PIN = 3;
const RARE = 0.02;
const STRANGE = 2;
const MIN_SLOPE = 0.3;
/** A pool of all fields counts for so many of a field's own values. */
const PRIOR = 12;

/** How often a view has been how much surprised: turns its raw surprise into one that means the same for all views. */
export class SurpriseSketch {
  #counts: Uint16Array | undefined;
  #size = 0;
  #fadeAt = FIRST_FADE;
  readonly #lastFade: number;

  /** @param lastFade values that are remembered at most */
  constructor(lastFade = 2_400) {
    this.#lastFade = lastFade;
  }

  get bytes(): number {
    return this.#counts === undefined ? 0 : BUCKETS * 2;
  }

  add(raw: number): void {
    this.#counts ??= new Uint16Array(BUCKETS);
    this.#counts[bucketOf(raw)]!++;
    if (++this.#size < this.#fadeAt) return;
    this.fade();
    this.#fadeAt = Math.min(this.#lastFade, this.#fadeAt * 2);
  }

  /** Counts it among the highest, however high it is: so that what is strange is not unheard of, and does not become usual. */
  addStrange(raw: number): void {
    let at = BUCKETS - 1;
    while (at > 0 && (this.#counts?.[at] ?? 0) < STRANGE) at--;
    this.add(Math.min(raw, edgeOf(at + 1)));
  }

  fade(): void {
    if (this.#counts !== undefined) this.#size = halveCounts(this.#counts);
  }

  /** −log10 of the share of past surprises at least as high, beyond them by the slope of their tail; while there are few, those of a pool count as well. */
  surpriseOf(raw: number, pool?: SurpriseSketch): number {
    if (raw <= 0.1) return 0;
    const size = this.#size;
    const other = pool === undefined ? 10 ** -Math.min(12, raw) : pool.#survival(raw);
    const own = size === 0 ? 0 : this.#survival(raw);
    return -Math.log10((size * own + PRIOR * other) / (size + PRIOR));
  }

  #survival(raw: number): number {
    const counts = this.#counts;
    const size = this.#size;
    if (counts === undefined || size === 0) return 10 ** -raw;
    const bucket = bucketOf(raw);
    let above = 0;
    for (let at = bucket + 1; at < BUCKETS; at++) above += counts[at]!;
    const within = counts[bucket]!;
    const left = (edgeOf(bucket + 1) - raw) / (edgeOf(bucket + 1) - edgeOf(bucket));
    const counted = Math.min(1, (above + within * Math.max(0, Math.min(1, left)) + 0.5) / (size + 0.5));
    if (above + within >= PIN) return counted;
    const extrapolated = this.#extrapolate(counts, raw);
    // Where there is hardly ever anything, there is no tail to go by: how often, and how strong, speak for themselves.
    if (size - counts[0]! >= size * RARE) return extrapolated;
    return above + within > 0 ? Math.min(counted, extrapolated) : counted * 10 ** (-MIN_SLOPE * raw);
  }

  #extrapolate(counts: Uint16Array, raw: number): number {
    const size = this.#size;
    let pin = BUCKETS - 1;
    let atPin = counts[pin]!;
    while (atPin < PIN && pin > 0) atPin += counts[--pin]!;
    let low = pin;
    let atLow = atPin;
    while (low > 0 && atLow < size * 0.1) atLow += counts[--low]!;
    const run = edgeOf(pin) - edgeOf(low);
    const slope = run > 0 ? Math.max(MIN_SLOPE, Math.min(1, Math.log10(atLow / atPin) / run)) : 1;
    return Math.min(1, (atPin + 0.5) / (size + 0.5)) * 10 ** -(Math.max(0, raw - edgeOf(pin)) * slope);
  }

  merge(other: SurpriseSketch): void {
    if (other.#counts === undefined) return;
    this.#counts ??= new Uint16Array(BUCKETS);
    this.#size = 0;
    for (let at = 0; at < BUCKETS; at++) this.#size += this.#counts[at]! += other.#counts[at]!;
    this.#fadeAt = Math.max(this.#fadeAt, other.#fadeAt);
    while (this.#size >= this.#fadeAt) this.fade();
  }

  write(w: StateWriter): void {
    w.count(this.#fadeAt);
    w.boolean(this.#counts !== undefined);
    if (this.#counts !== undefined) w.numbers(this.#counts);
  }

  readInto(r: StateReader): void {
    this.#fadeAt = r.count(this.#lastFade);
    if (!r.boolean()) return;
    this.#counts = r.numbersInto(new Uint16Array(BUCKETS));
    this.#size = 0;
    for (const count of this.#counts) this.#size += count;
    if (this.#size >= this.#fadeAt) r.refuse("A sketch holds more than it can.");
  }
}

/** Quarters up to 8, then halves. */
function bucketOf(raw: number): number {
  return raw < 8 ? Math.max(0, Math.floor(raw * 4)) : Math.min(BUCKETS - 1, 16 + Math.floor(raw * 2));
}

function edgeOf(bucket: number): number {
  return bucket < 32 ? bucket / 4 : (bucket - 16) / 2;
}
