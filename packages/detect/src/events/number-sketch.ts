import { halveCounts } from "./halve-counts.ts";
import type { StateReader } from "../snapshot/state-reader.ts";
import type { StateWriter } from "../snapshot/state-writer.ts";

const BUCKETS = 128;
const FINEST = 16;
const UNIT = 1024;
const FADE_AT = 4_096;
const MAX_SURPRISE = 30;
const MIN_ROBUST = 30;
/** Octaves that one value may widen the scale by. */
const MAX_REACH = 8;
/** At one bucket an octave, both signs up to here have room. */
const MAX_VALUE = 2 ** 52;
/** The outermost share that the tail's width is taken from. */
const OUTER = 0.1;
/** The fall from the middle to there counts for so many of the outermost values: a handful tells little of how a tail goes on. */
const BODY_WEIGHT = 20;

/** A numeric field's distribution on a logarithmic scale of both signs: robust, since no value can move it far. */
export class NumberSketch {
  #counts = new Uint16Array(BUCKETS);
  #size = 0;
  /** Bucket 0 is this many steps from zero. */
  #offset = 0;
  #stepsPerOctave = FINEST;

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return BUCKETS * 2 + 32;
  }

  add(value: number): void {
    let step = this.#stepOf(value);
    if (this.#size === 0) this.#offset = step - (BUCKETS >> 1);
    else if (this.#size >= MIN_ROBUST) step = this.#limit(step);
    while (!this.#fit(step)) step = Math.floor(step / 2);
    this.#counts[step - this.#offset]!++;
    if (++this.#size >= FADE_AT) this.fade();
  }

  /** No single value can take the scale away from all the others. */
  #limit(step: number): number {
    const reach = MAX_REACH * this.#stepsPerOctave;
    let low = 0;
    while (this.#counts[low] === 0) low++;
    let high = BUCKETS - 1;
    while (this.#counts[high] === 0) high--;
    return Math.max(this.#offset + low - reach, Math.min(this.#offset + high + reach, step));
  }

  /** Adds a value that may be hostile: no farther out than a little beyond all the others. */
  addStrange(value: number): void {
    if (this.#size < MIN_ROBUST) return;
    const isHigh = this.#stepOf(value) - this.#offset > this.#middle();
    const [edge, width] = this.#tail(isHigh);
    const reach = Math.max(1, Math.floor(width / 4));
    const farthest = this.#valueOf(this.#offset + edge + (isHigh ? reach : -reach) + 0.5);
    this.add(isHigh ? Math.min(value, farthest) : Math.max(value, farthest));
  }

  /** −log10 of twice the share at least as far out on that side; beyond all that was seen, by the width of the tail. */
  surpriseOf(value: number): number {
    const size = this.#size;
    if (size < 8) return 0;
    const step = this.#stepOf(value) - this.#offset;
    const isHigh = step > this.#middle();
    let atLeast = 0;
    if (isHigh) for (let at = Math.max(0, step); at < BUCKETS; at++) atLeast += this.#counts[at]!;
    else for (let at = Math.min(BUCKETS - 1, step); at >= 0; at--) atLeast += this.#counts[at]!;
    const share = Math.min(1, (2 * (atLeast + 0.5)) / (size + 1));
    if (atLeast > 0) return -Math.log10(share);
    const [edge, width] = this.#tail(isHigh);
    return Math.min(MAX_SURPRISE, -Math.log10(share) + Math.abs(step - edge) * this.#slopeOf(edge, width));
  }

  /** Whether it is above the middle of the values. */
  isHigh(value: number): boolean {
    return this.#stepOf(value) - this.#offset > this.#middle();
  }

  /** The value below which `share` of the values are. */
  quantile(share: number): number {
    let below = 0;
    for (let at = 0; at < BUCKETS; at++) {
      below += this.#counts[at]!;
      if (below < share * this.#size || below === 0) continue;
      const step = at + this.#offset;
      return step === 0 || step === -1 ? 0 : this.#valueOf(step + 0.5);
    }
    return this.#valueOf(this.#offset + BUCKETS);
  }

  fade(): void {
    this.#size = halveCounts(this.#counts);
  }

  merge(other: NumberSketch): void {
    for (let at = 0; at < BUCKETS; at++) {
      const value = other.#valueOf(at + other.#offset + 0.5);
      for (let left = other.#counts[at]!; left > 0; left--) this.add(value);
    }
  }

  write(w: StateWriter): void {
    w.numbers(this.#counts);
    w.f64(this.#offset);
    w.u8(this.#stepsPerOctave);
  }

  readInto(r: StateReader): void {
    r.numbersInto(this.#counts);
    this.#offset = r.finite(-1e6, 1e6);
    this.#stepsPerOctave = r.u8();
    this.#size = 0;
    for (const count of this.#counts) this.#size += count;
    if (![1, 2, 4, 8, FINEST].includes(this.#stepsPerOctave) || this.#size > FADE_AT || this.#offset % 1 !== 0)
      r.refuse("A sketch of numbers is not one.");
  }

  /** Distance between the outermost value and where the outer share begins. */
  #tail(isHigh: boolean): [edge: number, width: number] {
    const [from, by] = isHigh ? [BUCKETS - 1, -1] : [0, 1];
    let at = from;
    while (this.#counts[at] === 0) at += by;
    const edge = at;
    for (let seen = 0; ; at += by) {
      seen += this.#counts[at] ?? 0;
      if (seen > this.#size * OUTER || at < 0 || at >= BUCKETS) return [edge, Math.abs(edge - at)];
    }
  }

  /** Powers of ten by which values become rarer with each step beyond the outermost: as in the tail, and while few are in it nearly as in the body. */
  #slopeOf(edge: number, width: number): number {
    const narrow = this.#stepsPerOctave / 4;
    const outer = OUTER * this.#size;
    const ofTail = Math.max(0.3, Math.log10(outer)) / Math.max(width, narrow);
    const ofBody = Math.log10(0.5 / OUTER) / Math.max(Math.abs(edge - this.#middle()) - width, narrow);
    return (outer * ofTail + BODY_WEIGHT * Math.min(ofTail, ofBody)) / (outer + BODY_WEIGHT);
  }

  #middle(): number {
    let below = 0;
    let at = 0;
    while (at < BUCKETS - 1 && (below += this.#counts[at]!) * 2 < this.#size) at++;
    return at;
  }

  /** Makes room for a step; when that takes coarser buckets it is false, and the step is another one. */
  #fit(step: number): boolean {
    const at = step - this.#offset;
    if (at >= 0 && at < BUCKETS) return true;
    let low = 0;
    while (low < BUCKETS && this.#counts[low] === 0) low++;
    let high = BUCKETS - 1;
    while (high > low && this.#counts[high] === 0) high--;
    const [first, last] = [Math.min(at, low), Math.max(at, high)];
    if (last - first < BUCKETS) {
      this.#shift(first - ((BUCKETS - 1 - (last - first)) >> 1));
      return true;
    }
    const counts = new Uint16Array(BUCKETS);
    const offset = Math.floor(this.#offset / 2);
    for (let from = 0; from < BUCKETS; from++)
      counts[Math.min(BUCKETS - 1, Math.floor((from + this.#offset) / 2) - offset)]! += this.#counts[from]!;
    this.#counts = counts;
    this.#offset = offset;
    this.#stepsPerOctave /= 2;
    return false;
  }

  #shift(by: number): void {
    const counts = new Uint16Array(BUCKETS);
    for (let at = 0; at < BUCKETS; at++) if (this.#counts[at] !== 0) counts[at - by] = this.#counts[at]!;
    this.#counts = counts;
    this.#offset += by;
  }

  #stepOf(value: number): number {
    const steps = Math.floor(Math.log2(1 + Math.min(MAX_VALUE, Math.abs(value)) * UNIT) * this.#stepsPerOctave);
    return value < 0 ? -steps - 1 : steps;
  }

  #valueOf(step: number): number {
    const size = (2 ** (Math.abs(step) / this.#stepsPerOctave) - 1) / UNIT;
    return step < 0 ? -size : size;
  }
}
