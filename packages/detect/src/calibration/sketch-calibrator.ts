import type { StateReader } from "../snapshot/state-reader.ts";
import type { StateWriter } from "../snapshot/state-writer.ts";
import { ScoreSketch } from "./score-sketch.ts";
import { ScoreTail, toStoredScore } from "./score-tail.ts";
import { Xorshift } from "./xorshift.ts";

export interface SketchCalibratorOptions {
  /** Scores that are kept, 8 bytes each. @default 128 */
  capacity?: number;
  /** Scores after which an old one counts half. @default 20,000 */
  halfLife?: number;
  /** As of `ScoreCalibrator`; with so few scores it costs some of the tail's honesty. @default 0 */
  trim?: number;
}

const MIN_CAPACITY = 64;
const MAX_TRIM = 0.1;
const MAX_CAPACITY = 4096;
const FIRST_FADE = 512;

/** As `ScoreCalibrator`, in about a kilobyte: ranks are right on average rather than exact, and old scores fade instead of ending. */
export class SketchCalibrator {
  readonly #sketch: ScoreSketch;
  readonly #halfLife: number;
  #added = 0;
  #nextFade = FIRST_FADE;
  readonly #trim: number;
  readonly #tail: ScoreTail;
  #chance = new Xorshift();

  constructor({ capacity = 128, halfLife = 20_000, trim = 0 }: SketchCalibratorOptions = {}) {
    this.#sketch = new ScoreSketch(Math.max(MIN_CAPACITY, Math.min(MAX_CAPACITY, Math.floor(capacity))));
    this.#trim = Math.max(0, Math.min(MAX_TRIM, trim));
    this.#tail = new ScoreTail(this.#trim);
    this.#halfLife = Math.max(FIRST_FADE, Math.floor(halfLife));
  }

  /** Scores that p-values rest on, faded ones counted in part. */
  get size(): number {
    return this.#sketch.weight;
  }

  get bytes(): number {
    return this.#sketch.scores.length * 8 + 256;
  }

  /** A score that is not a number is left out. */
  add(score: number): void {
    const value = toStoredScore(score);
    if (Number.isNaN(value)) return;
    this.#sketch.add(value, 1, this.#chance);
    this.#added++;
    if (this.#added >= this.#nextFade) this.#fade();
    this.#tail.note(value, this.size);
  }

  /** Probability of a score at least this high in a normal stream; never 0, and 1 while nothing is known or `score` is NaN. */
  pValueOf(score: number): number {
    const value = toStoredScore(score);
    const { size } = this;
    if (size === 0 || Number.isNaN(value)) return 1;
    if (this.#tail.isStale) this.#tail.fit(this.#sketch.list(), size);
    return this.#tail.pValueOf(value, this.#sketch.weightAtLeast(value), size);
  }

  /** −log10 of the p-value. */
  surpriseOf(score: number): number {
    return -Math.log10(this.pValueOf(score));
  }

  /** Adds what another process has learned of the same stream. */
  merge(other: SketchCalibrator): void {
    const { scores, weights, length } = other.#sketch;
    for (let at = 0; at < length; at++) this.#sketch.add(scores[at]!, weights[at]!, this.#chance);
    this.#tail.markStale();
  }

  /** The tail is fitted anew afterwards, here and in what is read, so that both go on alike. */
  write(w: StateWriter): void {
    w.count(this.#sketch.scores.length);
    w.f64(this.#trim);
    w.count(this.#halfLife);
    w.count(this.#added);
    w.count(this.#nextFade);
    w.u32(this.#chance.state);
    this.#sketch.write(w);
    this.#tail.write(w);
  }

  /** @throws SnapshotError */
  static read(r: StateReader): SketchCalibrator {
    const [capacity, trim, halfLife] = [r.count(MAX_CAPACITY), r.finite(0, MAX_TRIM), r.count()];
    const calibrator = new SketchCalibrator({ capacity, trim, halfLife });
    if (calibrator.#sketch.scores.length !== capacity) r.refuse("A capacity is not one that can be set.");
    calibrator.#added = r.count();
    calibrator.#nextFade = r.count();
    calibrator.#chance = new Xorshift(r.u32());
    calibrator.#sketch.readInto(r);
    calibrator.#tail.readInto(r);
    return calibrator;
  }

  /** The first fades come early and are strong: what is scored with little knowledge is soon outweighed. */
  #fade(): void {
    this.#sketch.fade(this.#added < this.#halfLife ? 0.25 : 0.5);
    this.#nextFade = this.#added + Math.min(this.#added, this.#halfLife);
  }
}
