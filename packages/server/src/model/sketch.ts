import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";

/** Relative error of every quantile. */
export const SKETCH_ACCURACY = 0.01;

const VERSION = 1;
const GAMMA = (1 + SKETCH_ACCURACY) / (1 - SKETCH_ACCURACY);
const BINS_PER_E = 1 / Math.log(GAMMA);
/** 2^40 µs, twelve days; longer durations count as this one. */
const MAX_BIN = Math.ceil(40 * Math.LN2 * BINS_PER_E);
const TABLE_SIZE = 1 << 16;
/** Bin of each whole number of microseconds below 65.5 ms: most requests never pay for a logarithm. */
const BIN_OF = new Uint16Array(TABLE_SIZE);
for (let us = 2; us < TABLE_SIZE; us++) BIN_OF[us] = Math.ceil(Math.log(us) * BINS_PER_E);

function binOf(us: number): number {
  if (us < TABLE_SIZE) return us <= 1 ? 0 : BIN_OF[us | 0]!;
  const bin = Math.ceil(Math.log(us) * BINS_PER_E);
  return bin < MAX_BIN ? bin : MAX_BIN;
}

function valueOf(bin: number): number {
  return (2 * GAMMA ** bin) / (GAMMA + 1);
}

/**
 * Distribution of durations in whole microseconds: quantiles within 1 %, mergeable without further loss.
 * DDSketch (Masson, Rim, Lee, VLDB 2019) over a dense window of bins. Durations below 1 µs count as 1 µs.
 */
export class Sketch {
  count = 0;
  private first = 0;
  private bins: Float64Array = new Float64Array(0);

  /** Reads what `toBytes` wrote; throws when the version is not known. */
  static parse(bytes: Uint8Array): Sketch {
    const sketch = new Sketch();
    sketch.mergeBytes(bytes);
    return sketch;
  }

  add(us: number): void {
    const bin = binOf(us);
    let at = bin - this.first;
    if (at < 0 || at >= this.bins.length) {
      this.cover(bin, bin);
      at = bin - this.first;
    }
    this.bins[at]!++;
    this.count++;
  }

  merge(other: Sketch): void {
    if (other.count === 0) return;
    const source = other.bins;
    let from = 0;
    let to = source.length;
    while (source[from] === 0) from++;
    while (source[to - 1] === 0) to--;
    this.cover(other.first + from, other.first + to - 1);
    const shift = other.first - this.first;
    const target = this.bins;
    for (let i = from; i < to; i++) target[i + shift]! += source[i]!;
    this.count += other.count;
  }

  /** Adds a serialised sketch. */
  mergeBytes(bytes: Uint8Array): void {
    const reader = new ByteReader(bytes);
    const version = reader.byte();
    if (version !== VERSION)
      throw new RangeError(`A sketch of version ${version} was found; this server knows ${VERSION}.`);
    if (reader.done) return;
    const start = reader.varint();
    this.cover(start, start + reader.varint());
    const bins = this.bins;
    let at = start - this.first;
    let added = 0;
    while (!reader.done) {
      // Nearly every token and count is a single byte; the screens decode hundreds of thousands of them.
      let token = bytes[reader.offset]!;
      if (token < 0x80) reader.offset++;
      else token = reader.varint();
      at += token >>> 1;
      let count = 1;
      if (token & 1) {
        count = bytes[reader.offset] ?? 0x80;
        if (count < 0x80) reader.offset++;
        else count = reader.varint();
      }
      if (at >= bins.length) throw new RangeError("A sketch names a bin outside its own span.");
      bins[at]! += count;
      added += count;
      at++;
    }
    this.count += added;
  }

  /** Microseconds at rank `q` (0 to 1); NaN when empty. */
  quantile(q: number): number {
    if (this.count === 0) return Number.NaN;
    const rank = q * (this.count - 1);
    let seen = 0;
    for (let i = 0; i < this.bins.length; i++) {
      seen += this.bins[i]!;
      if (seen > rank) return valueOf(this.first + i);
    }
    return valueOf(this.first + this.bins.length - 1);
  }

  /** How many durations lie at or below each of the bounds, ascending microseconds; up to 2 % above one count as within. */
  countUpTo(boundsUs: readonly number[]): number[] {
    const counts: number[] = [];
    let bin = 0;
    let seen = 0;
    for (const bound of boundsUs) {
      // The whole bin in which the bound lies: what is round, as limits of time are, lies on the bound itself.
      const last = binOf(bound) - this.first;
      while (bin < this.bins.length && bin <= last) seen += this.bins[bin++]!;
      counts.push(seen);
    }
    return counts;
  }

  /** Versioned: first bin, span, then per used bin the gap before it and its count (left out when it is 1). */
  toBytes(): Uint8Array {
    const bins = this.bins;
    let from = 0;
    let to = bins.length;
    while (from < to && bins[from] === 0) from++;
    while (to > from && bins[to - 1] === 0) to--;
    const writer = new ByteWriter(16 + (to - from));
    writer.byte(VERSION);
    if (from === to) return writer.finish();
    writer.varint(this.first + from);
    writer.varint(to - from - 1);
    let next = from;
    for (let i = from; i < to; i++) {
      const count = bins[i]!;
      if (count === 0) continue;
      const gap = i - next;
      if (count === 1) writer.varint(gap * 2);
      else {
        writer.varint(gap * 2 + 1);
        writer.varint(count);
      }
      next = i + 1;
    }
    return writer.finish();
  }

  private cover(from: number, to: number): void {
    const length = this.bins.length;
    if (length > 0 && from >= this.first && to < this.first + length) return;
    if (to > MAX_BIN) throw new RangeError("A sketch names a bin beyond the greatest.");
    const low = length === 0 ? from : Math.min(from, this.first);
    const high = length === 0 ? to : Math.max(to, this.first + length - 1);
    // Room on both sides, so that a growing sketch moves its bins a few times only.
    const first = Math.max(0, low - 16 - (length >> 2));
    const last = Math.min(MAX_BIN, high + 16 + (length >> 2));
    const grown = new Float64Array(last - first + 1);
    grown.set(this.bins, length === 0 ? 0 : this.first - first);
    this.first = first;
    this.bins = grown;
  }
}

/** Serialised sum of serialised sketches. */
export function mergeSketches(sketches: readonly Uint8Array[]): Uint8Array {
  if (sketches.length === 1) return sketches[0]!;
  const sum = new Sketch();
  for (const bytes of sketches) sum.mergeBytes(bytes);
  return sum.toBytes();
}
