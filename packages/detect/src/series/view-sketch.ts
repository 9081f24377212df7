import type { SeriesMemory } from "./series-memory.ts";

const PER_DECADE = 16;
const LOWEST_DECADE = -2;
const DECADES = 10;
export const SKETCH_COUNTS = DECADES * PER_DECADE + 1;
const SEEN = 0;
const FIT_AT = 1;
/** Two tails of four numbers each. */
const WIDE = 2;
const NARROW = 6;
export const SKETCH_NUMBERS = 10;
const FROM = 0;
const SHARE = 1;
const SCALE = 2;
const SHAPE = 3;

/** Then all counts are halved, upwards: what was once seen stays possible. */
const MAX_SEEN = 20_000;
/** From this rank on, the tail's law takes over from counting. */
const PIN_RANK = 10;
const MIN_SEEN = 100;
const TAIL_SHARE = 0.1;
/** The highest few may follow a law of their own; the more cautious of the two decides. */
const NARROW_TAIL = 50;
const NARROW_SHARE = 0.01;
const MIN_TAIL = 4;
const MAX_SHAPE = 0.3;
/** The tail is fitted again after this share of more points. */
const REFIT_SHARE = 1 / 64;
const LEAST = 1e-9;
const UNKNOWN = -1;

/**
 * How large the scores of one view have been, over a long time in 400 bytes: counts in logarithmic buckets, and beyond the tenth
 * largest score the generalised Pareto law of the highest tenth, by moments.
 */
export class ViewSketch {
  readonly #counts: Uint16Array;
  readonly #first: number;
  readonly #cells: Float64Array;
  readonly #at: number;

  constructor(memory: SeriesMemory) {
    this.#counts = memory.counts;
    this.#first = memory.takeCounts(SKETCH_COUNTS);
    this.#cells = memory.numbers;
    this.#at = memory.takeNumbers(SKETCH_NUMBERS);
  }

  get seen(): number {
    return this.#cells[this.#at + SEEN]!;
  }

  /** Probability of a score at least as high, from counting and from the law of the tail; 1 for the lowest scores. */
  pValueOf(score: number): number {
    const bucket = bucketOf(score);
    if (bucket === 0) return 1;
    const seen = this.seen;
    let atLeast = 0;
    for (let index = this.#first + bucket; index < this.#first + SKETCH_COUNTS; index++)
      atLeast += this.#counts[index]!;
    const counted = Math.min(1, (1 + atLeast) / (1 + seen));
    if (atLeast >= PIN_RANK || seen < MIN_SEEN) return counted;
    if (seen >= this.#cells[this.#at + FIT_AT]!) {
      this.#cells[this.#at + FIT_AT] = seen * (1 + REFIT_SHARE);
      this.#fitTail(this.#at + WIDE, Math.max(PIN_RANK, TAIL_SHARE * seen));
      this.#fitTail(this.#at + NARROW, Math.max(NARROW_TAIL, NARROW_SHARE * seen));
    }
    const wide = this.#tailOf(this.#at + WIDE, score);
    if (wide === UNKNOWN) return counted;
    return Math.max(LEAST, Math.min(counted, Math.max(wide, this.#tailOf(this.#at + NARROW, score))));
  }

  /** The score that a share of `share` of all points reaches, to within a bucket. */
  scoreAt(share: number): number {
    let above = 0;
    const limit = share * this.seen;
    for (let bucket = SKETCH_COUNTS - 1; bucket > 0; bucket--) {
      above += this.#counts[this.#first + bucket]!;
      if (above > limit) return edgeOf(bucket + 1);
    }
    return 0;
  }

  add(score: number): void {
    this.#counts[this.#first + bucketOf(score)]!++;
    if (++this.#cells[this.#at + SEEN]! >= MAX_SEEN) this.#halve();
  }

  #halve(): void {
    let seen = 0;
    let rest = 0;
    for (let index = this.#first + SKETCH_COUNTS - 1; index >= this.#first; index--) {
      const count = this.#counts[index]! + rest;
      rest = count & 1;
      seen += this.#counts[index] = count >> 1;
    }
    this.#cells[this.#at + SEEN] = seen;
    this.#cells[this.#at + FIT_AT] = 0;
  }

  /** Fits the tail of the highest `limit` scores. */
  #fitTail(at: number, limit: number): void {
    const cells = this.#cells;
    cells[at + SCALE] = 0;
    const counts = this.#counts;
    let size = 0;
    let bucket = SKETCH_COUNTS - 1;
    while (bucket > 0 && size + counts[this.#first + bucket]! <= limit) size += counts[this.#first + bucket--]!;
    if (size < MIN_TAIL) return;
    const from = edgeOf(bucket + 1);
    let sum = 0;
    let squares = 0;
    for (let index = bucket + 1; index < SKETCH_COUNTS; index++) {
      const count = counts[this.#first + index]!;
      if (count === 0) continue;
      const beyond = edgeOf(index + 0.5) - from;
      sum += count * beyond;
      squares += count * beyond * beyond;
    }
    const mean = sum / size;
    const variance = Math.max(squares / size - mean * mean, 1e-12 * mean * mean);
    const shape = Math.max(0, Math.min(MAX_SHAPE, 0.5 * (1 - (mean * mean) / variance)));
    cells[at + FROM] = from;
    cells[at + SHARE] = size / (this.seen + 1);
    cells[at + SHAPE] = shape;
    cells[at + SCALE] = mean * (1 - shape);
  }

  #tailOf(at: number, score: number): number {
    const cells = this.#cells;
    const beyond = score - cells[at + FROM]!;
    const scale = cells[at + SCALE]!;
    if (!(scale > 0 && beyond > 0)) return UNKNOWN;
    const shape = cells[at + SHAPE]!;
    const survival = shape < 1e-3 ? Math.exp(-beyond / scale) : (1 + (shape * beyond) / scale) ** (-1 / shape);
    return cells[at + SHARE]! * survival;
  }
}

function bucketOf(score: number): number {
  if (!(score > 0)) return 0;
  const bucket = 1 + Math.floor((Math.log10(score) - LOWEST_DECADE) * PER_DECADE);
  return bucket < 0 ? 0 : bucket >= SKETCH_COUNTS ? SKETCH_COUNTS - 1 : bucket;
}

/** The lowest score of a bucket. */
function edgeOf(bucket: number): number {
  return 10 ** (LOWEST_DECADE + (bucket - 1) / PER_DECADE);
}
