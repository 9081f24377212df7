import type { StateReader } from "../snapshot/state-reader.ts";
import type { StateWriter } from "../snapshot/state-writer.ts";
import { ANY_LAW, LAW_OF_SURPRISES, MAX_REACH_SHARE } from "./find-break.ts";
import { ScoreEpoch } from "./score-epoch.ts";
import { ScoreTail, toStoredScore } from "./score-tail.ts";
import type { TopScores } from "./top-scores.ts";
import { Xorshift } from "./xorshift.ts";

export interface ScoreCalibratorOptions {
  /** Scores that are kept, 4 bytes each. @default 3072 */
  capacity?: number;
  /** Largest share of scores that may be hostile: where the highest break with the law of those below, the tail is that of those below. @default 0.01 */
  trim?: number;
  /** Whether scores add up surprises, so that their law is known to be nearly exponential: then a break with it shows sooner. @default false */
  addsSurprises?: boolean;
}

const MIN_CAPACITY = 192;
const MAX_TRIM = 0.1;
const MAX_CAPACITY = 98_304;
/** Scores of the first epoch: what a young detector said is soon forgotten. */
const FIRST_EPOCH = 128;
/** The longest epoch is this many times as long as its list of highest scores: all scores above the 98.4th percentile are kept. */
const EPOCH_PER_TOP = 64;
/**
 * Scores of one detector → p-values that keep their promise. Inside, conformal: the share of the scores at least as high, this one
 * included, over the last two of ever longer epochs; ties count against an alarm. Beyond, the law of the tail.
 */
export class ScoreCalibrator {
  readonly #capacity: number;
  #now: ScoreEpoch;
  #before: ScoreEpoch;
  #epochLength = FIRST_EPOCH;
  #chance = new Xorshift();
  readonly #addsSurprises: boolean;
  readonly #tail: ScoreTail;

  constructor({ capacity = 3072, trim = 0.01, addsSurprises = false }: ScoreCalibratorOptions = {}) {
    this.#capacity = Math.max(MIN_CAPACITY, Math.min(MAX_CAPACITY, Math.floor(capacity / 6) * 6));
    this.#addsSurprises = addsSurprises;
    this.#tail = new ScoreTail(boundTrim(trim), addsSurprises ? LAW_OF_SURPRISES : ANY_LAW);
    this.#now = this.#createEpoch();
    this.#before = this.#createEpoch();
  }

  /** As of the options, from the next law on that is fitted. */
  set trim(share: number) {
    this.#tail.trim = boundTrim(share);
  }

  /** Scores that p-values rest on. */
  get size(): number {
    return this.#now.size + this.#before.size;
  }

  get bytes(): number {
    return this.#capacity * 4 + 512;
  }

  /** A score that is not a number is left out. */
  add(score: number): void {
    const value = toStoredScore(score);
    if (Number.isNaN(value)) return;
    if (this.#now.size >= this.#epochLength) this.#turn();
    this.#now.add(value, this.#chance.draw());
    this.#tail.note(value, this.size);
  }

  /** Probability of a score at least this high in a normal stream; never 0, and 1 while nothing is known or `score` is NaN. */
  pValueOf(score: number): number {
    const value = toStoredScore(score);
    const { size } = this;
    if (size === 0 || Number.isNaN(value)) return 1;
    if (this.#tail.isStale) this.#tail.fit(this.#listTop(), size);
    return this.#tail.pValueOf(value, this.#now.countAtLeast(value) + this.#before.countAtLeast(value), size);
  }

  /** −log10 of the p-value. */
  surpriseOf(score: number): number {
    return -Math.log10(this.pValueOf(score));
  }

  /** Adds what another process has learned of the same stream. */
  merge(other: ScoreCalibrator): void {
    this.#before.merge(other.#before, this.#chance);
    this.#now.merge(other.#now, this.#chance);
    this.#epochLength = Math.max(this.#epochLength, other.#epochLength);
    this.#tail.markStale();
  }

  /** The tail is fitted anew afterwards, here and in what is read, so that both go on alike. */
  write(w: StateWriter): void {
    w.count(this.#capacity);
    w.f64(this.#tail.trim);
    w.boolean(this.#addsSurprises);
    w.count(this.#epochLength);
    w.u32(this.#chance.state);
    this.#now.write(w);
    this.#before.write(w);
    this.#tail.write(w);
  }

  /** @throws SnapshotError */
  static read(r: StateReader): ScoreCalibrator {
    const capacity = r.count(MAX_CAPACITY);
    const calibrator = new ScoreCalibrator({ capacity, trim: r.finite(0, MAX_TRIM), addsSurprises: r.boolean() });
    if (calibrator.#capacity !== capacity) r.refuse("A capacity is not one that can be set.");
    calibrator.#epochLength = r.count();
    calibrator.#chance = new Xorshift(r.u32());
    calibrator.#now.readInto(r);
    calibrator.#before.readInto(r);
    calibrator.#tail.readInto(r);
    return calibrator;
  }

  #createEpoch(): ScoreEpoch {
    return new ScoreEpoch(this.#capacity / 3, this.#capacity / 6);
  }

  #turn(): void {
    this.#before = this.#now;
    this.#now = this.#createEpoch();
    this.#epochLength = Math.min(2 * this.#epochLength, EPOCH_PER_TOP * this.#now.top.length);
    this.#tail.markStale();
  }

  /** All scores above the higher of the lists' ends; below, the samples stand for the rest. */
  #listTop(): TopScores {
    const epochs = [this.#now, this.#before];
    const complete = Math.max(...epochs.map((epoch) => epoch.topFrom));
    const highest = epochs.flatMap((epoch) => [...epoch.listTop(complete)]).sort((a, b) => b - a);
    const goal = MAX_REACH_SHARE * this.size;
    const items = highest.slice(0, Math.ceil(goal)).map((score) => ({ score, weight: 1 }));
    if (complete > -Infinity && highest.length < goal)
      for (const epoch of epochs) items.push(...epoch.listBody(complete, MAX_REACH_SHARE));
    items.sort((a, b) => a.score - b.score);
    return {
      scores: Float32Array.from(items, (item) => item.score),
      weights: Float32Array.from(items, (item) => item.weight),
    };
  }
}

function boundTrim(share: number): number {
  return Math.max(0, Math.min(MAX_TRIM, share));
}
