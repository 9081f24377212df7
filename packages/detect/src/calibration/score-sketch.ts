import type { StateReader } from "../snapshot/state-reader.ts";
import type { StateWriter } from "../snapshot/state-writer.ts";
import type { TopScores } from "./top-scores.ts";
import type { Xorshift } from "./xorshift.ts";

/** An item may stand for this share of the scores at or above it, at first. */
const FIRST_TOLERANCE = 0.03;
const TOLERANCE_STEP = 1.25;
/** How full a sketch is once it has been thinned. */
const THINNED_SHARE = 0.75;

/**
 * A weighted sample of a stream's scores, ascending: each of the highest stands for itself, those below for ever more. Of two that are
 * thinned to one, chance keeps either in proportion to its weight, so that every rank stays right on average, ties included.
 */
export class ScoreSketch {
  readonly scores: Float32Array;
  readonly weights: Float32Array;
  length = 0;
  /** The weights' sum. */
  weight = 0;

  constructor(capacity: number) {
    this.scores = new Float32Array(capacity);
    this.weights = new Float32Array(capacity);
  }

  add(score: number, weight: number, chance: Xorshift): void {
    if (this.length === this.scores.length) this.#thin(chance);
    const { scores, weights, length } = this;
    const at = this.#firstAtLeast(score);
    if (at < length && scores[at] === score) weights[at]! += weight;
    else {
      scores.copyWithin(at + 1, at, length);
      weights.copyWithin(at + 1, at, length);
      scores[at] = score;
      weights[at] = weight;
      this.length++;
    }
    this.weight += weight;
  }

  /** Weight of the scores that are at least as high. */
  weightAtLeast(score: number): number {
    const { weights, length } = this;
    let sum = 0;
    for (let at = this.#firstAtLeast(score); at < length; at++) sum += weights[at]!;
    return sum;
  }

  list(): TopScores {
    return { scores: this.scores.subarray(0, this.length), weights: this.weights.subarray(0, this.length) };
  }

  /** Lets everything seen so far count less. */
  fade(factor: number): void {
    for (let at = 0; at < this.length; at++) this.weights[at]! *= factor;
    this.weight *= factor;
  }

  write(w: StateWriter): void {
    w.count(this.length);
    w.f64(this.weight);
    w.numbers(this.scores.subarray(0, this.length));
    w.numbers(this.weights.subarray(0, this.length));
  }

  readInto(r: StateReader): void {
    this.length = r.count(this.scores.length);
    this.weight = r.finite(0);
    const scores = r.numbersInto(this.scores.subarray(0, this.length));
    const weights = r.numbersInto(this.weights.subarray(0, this.length));
    if (scores.some((score, at) => at > 0 && scores[at - 1]! >= score)) r.refuse("Scores are not in order.");
    if (weights.some((weight) => weight <= 0)) r.refuse("A weight is not above 0.");
    const sum = weights.reduce((sum, weight) => sum + weight, 0);
    if (Math.abs(sum - this.weight) > 1e-3 * this.weight) r.refuse("Weights do not add up.");
  }

  #firstAtLeast(score: number): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.scores[middle]! < score) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #thin(chance: Xorshift): void {
    const goal = Math.floor(this.scores.length * THINNED_SHARE);
    for (let tolerance = FIRST_TOLERANCE; this.length > goal; tolerance *= TOLERANCE_STEP)
      this.#merge(tolerance, chance);
  }

  /** Merges neighbours, from the highest down, while what comes of it stands for at most `tolerance` of the weight at or above. */
  #merge(tolerance: number, chance: Xorshift): void {
    const { scores, weights, length } = this;
    let to = length - 1;
    let above = weights[to]!;
    for (let from = length - 2; from >= 0; from--) {
      const [score, weight] = [scores[from]!, weights[from]!];
      above += weight;
      const merged = weights[to]! + weight;
      if (merged <= tolerance * above) {
        if (chance.draw() * merged < weight) scores[to] = score;
        weights[to] = merged;
      } else {
        to--;
        scores[to] = score;
        weights[to] = weight;
      }
    }
    scores.copyWithin(0, to, length);
    weights.copyWithin(0, to, length);
    this.length = length - to;
  }
}
