import type { StateReader } from "../snapshot/state-reader.ts";
import type { StateWriter } from "../snapshot/state-writer.ts";
import type { Xorshift } from "./xorshift.ts";

/** A stretch of a stream: an even sample of its scores, and its highest ones all. Both ascending. */
export class ScoreEpoch {
  readonly body: Float32Array;
  readonly top: Float32Array;
  /** Scores seen. */
  size = 0;

  constructor(bodySize: number, topSize: number) {
    this.body = new Float32Array(bodySize);
    this.top = new Float32Array(topSize);
  }

  get bodyLength(): number {
    return Math.min(this.size, this.body.length);
  }

  get topLength(): number {
    return Math.min(this.size, this.top.length);
  }

  /** The highest scores are complete from here on. */
  get topFrom(): number {
    return this.size > this.top.length ? this.top[0]! : -Infinity;
  }

  /** The highest scores above `from`. */
  listTop(from: number): Float32Array {
    const { topLength } = this;
    let first = firstAtLeast(this.top, topLength, from);
    while (first < topLength && this.top[first] === from) first++;
    return this.top.subarray(first, topLength);
  }

  /** What stands for the epoch's scores up to `to`, of about this share of the highest and a little more. */
  listBody(to: number, share: number): { score: number; weight: number }[] {
    const { bodyLength } = this;
    const first = Math.floor(bodyLength * (1 - 1.5 * share));
    return Array.from(this.body.subarray(first, bodyLength))
      .filter((score) => score <= to)
      .map((score) => ({ score, weight: this.size / bodyLength }));
  }

  /** @param draw evenly from 0 to 1 */
  add(score: number, draw: number): void {
    const { body, top, bodyLength, topLength } = this;
    this.size++;
    if (bodyLength < body.length) insert(body, bodyLength, score);
    else {
      const at = Math.floor(draw * this.size);
      if (at < body.length) replace(body, at, score);
    }
    if (topLength < top.length) insert(top, topLength, score);
    else if (score > top[0]!) replace(top, 0, score);
  }

  /** How many scores are at least as high: counted among the highest, estimated below. */
  countAtLeast(score: number): number {
    const { topLength } = this;
    const counted = topLength - firstAtLeast(this.top, topLength, score);
    if (counted < topLength || topLength === this.size) return counted;
    const { bodyLength } = this;
    const share = (bodyLength - firstAtLeast(this.body, bodyLength, score)) / bodyLength;
    return Math.max(topLength, share * this.size);
  }

  write(w: StateWriter): void {
    w.count(this.size);
    w.numbers(this.body.subarray(0, this.bodyLength));
    w.numbers(this.top.subarray(0, this.topLength));
  }

  readInto(r: StateReader): void {
    this.size = r.count();
    for (const values of [
      r.numbersInto(this.body.subarray(0, this.bodyLength)),
      r.numbersInto(this.top.subarray(0, this.topLength)),
    ])
      for (let index = 1; index < values.length; index++)
        if (values[index - 1]! > values[index]!) r.refuse("Scores are not in order.");
  }

  /** Adds another epoch's scores as if they had come in one stream. */
  merge(other: ScoreEpoch, chance: Xorshift): void {
    const top = [...this.top.subarray(0, this.topLength), ...other.top.subarray(0, other.topLength)].sort(byValue);
    const [mine, others] = [this.body.slice(0, this.bodyLength), other.body.slice(0, other.bodyLength)];
    const size = this.size + other.size;
    const length = Math.min(size, this.body.length, mine.length + others.length);
    const body = length === mine.length + others.length ? [...mine, ...others] : [];
    while (body.length < length) {
      const from = chance.draw() * size < this.size ? mine : others;
      body.push(from[Math.floor(chance.draw() * from.length)]!);
    }
    this.size = size;
    this.body.set(body.sort(byValue).slice(0, length));
    this.top.set(top.slice(-this.topLength));
  }
}

function byValue(a: number, b: number): number {
  return a - b;
}

/** Where the first of `length` ascending values is that is not below `score`. */
function firstAtLeast(values: Float32Array, length: number, score: number): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! < score) low = middle + 1;
    else high = middle;
  }
  return low;
}

function insert(values: Float32Array, length: number, score: number): void {
  const at = firstAtLeast(values, length, score);
  values.copyWithin(at + 1, at, length);
  values[at] = score;
}

function replace(values: Float32Array, leaving: number, score: number): void {
  const at = firstAtLeast(values, values.length, score);
  if (at > leaving) {
    values.copyWithin(leaving, leaving + 1, at);
    values[at - 1] = score;
  } else {
    values.copyWithin(at + 1, at, leaving);
    values[at] = score;
  }
}
