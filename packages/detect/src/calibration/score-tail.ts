import { ParetoTail } from "../laws/pareto-tail.ts";
import type { StateReader } from "../snapshot/state-reader.ts";
import type { StateWriter } from "../snapshot/state-writer.ts";
import { ANY_LAW, type BreakRule, type TailLaw, tryFindBreak } from "./find-break.ts";
import type { TopScores } from "./top-scores.ts";

const MAX_SCORE = 3e38;
/** From this rank on, the tail's law takes over from counting. */
const PIN_RANK = 16;
const MIN_TAIL = 24;
const MAX_TAIL = 256;
/** Share of a stream's scores that a tail begins with. */
const MAX_TAIL_SHARE = 0.1;
/** The law is fitted again once this share of its scores is new, and so many. */
const STALE_SHARE = 0.2;
const STALE_CHANGES = 24;
/** Where no law could be fitted, it is tried again after so many more scores. */
const RETRY_SHARE = 0.25;
/** An exceedance tells less than its number says: the law is only nearly Pareto's. */
const TRUST = 0.85;
/** Exceedances after which the older ones count half for how they cluster. */
const CLUSTER_MEMORY = 1000;
const MIN_INDEPENDENCE = 0.02;
/** A law is no heavier than it is known to be, until the scores speak against that by so many nats. */
const REFUTED_NATS = 2;

/** Scores are kept in single precision, so that equal ones stay equal. */
export function toStoredScore(score: number): number {
  return Math.fround(Math.max(-MAX_SCORE, Math.min(MAX_SCORE, score)));
}

/** The highest scores of a stream: their law, and how much they come in clusters, which makes n of them worth less than n. */
export class ScoreTail {
  /** Largest share of scores that may be left out of the tail where they break with its law. */
  trim: number;
  readonly #rule: BreakRule;
  #from = Infinity;
  #share = 0;
  #law: ParetoTail | undefined;
  #hasBreak = false;
  #isStale = true;
  #changes = 0;
  #retryAt = MIN_TAIL / MAX_TAIL_SHARE;
  #wasAbove = false;
  #above = 0;
  #followed = 0;

  constructor(trim: number, rule: BreakRule = ANY_LAW) {
    this.trim = trim;
    this.#rule = rule;
  }

  /** Whether the law is to be fitted anew before the next p-value. */
  get isStale(): boolean {
    return this.#isStale;
  }

  /** To be told of each score, in the stream's order. */
  note(score: number, size: number): void {
    const isAbove = score > this.#from;
    if (this.#wasAbove) {
      this.#above++;
      if (isAbove) this.#followed++;
      if (this.#above > CLUSTER_MEMORY) {
        this.#above /= 2;
        this.#followed /= 2;
      }
    }
    this.#wasAbove = isAbove;
    if (isAbove) this.#changes++;
    if (this.#from === Infinity) this.#isStale ||= size >= this.#retryAt;
    else if (this.#changes > Math.max(STALE_CHANGES, STALE_SHARE * this.#share * size)) this.#isStale = true;
  }

  markStale(): void {
    this.#isStale = true;
  }

  /** @param top at least the highest three tenths @param size how many scores the stream has */
  fit(top: TopScores, size: number): void {
    this.#isStale = false;
    this.#changes = 0;
    this.#retryAt = Math.max(this.#retryAt, size * (1 + RETRY_SHARE));
    const trust = TRUST * this.independence;
    const broken = this.trim > 0 ? tryFindBreak(top, size, this.trim, trust, this.#rule) : undefined;
    const tail = broken ?? fitTop(top, size, trust, this.#rule.tailShapes);
    this.#hasBreak = broken !== undefined;
    this.#law = tail?.law;
    if (tail !== undefined) [this.#from, this.#share] = [tail.from, tail.share];
  }

  /** @param atLeast how many of `size` scores are as high as `score` */
  pValueOf(score: number, atLeast: number, size: number): number {
    const one = 1 / this.independence;
    const counted = Math.min(1, (one + atLeast) / (one + size));
    if (this.#law === undefined || score <= this.#from) return counted;
    const survival = this.#law.survivalOf(score - this.#from);
    if (this.#hasBreak) return Math.min(counted, this.#share * survival);
    if (atLeast >= PIN_RANK * one) return counted;
    return Math.min(counted, ((one + this.#share * size) / (one + size)) * survival);
  }

  /** 1 for scores that come independently of each other; 1/n for those that come in clusters of about n. */
  get independence(): number {
    if (this.#above < MIN_TAIL) return 1;
    const excess = (this.#followed / this.#above - this.#share) / (1 - this.#share);
    return excess <= 0 ? 1 : Math.max(MIN_INDEPENDENCE, (1 - excess) / (1 + excess));
  }

  /** The law is fitted anew afterwards, here and in what is read, so that both go on alike. */
  write(w: StateWriter): void {
    this.#isStale = true;
    w.f64(this.#from);
    w.f64(this.#share);
    w.f64(this.#retryAt);
    w.boolean(this.#wasAbove);
    w.f64(this.#above);
    w.f64(this.#followed);
  }

  readInto(r: StateReader): void {
    this.#from = r.f64();
    if (Number.isNaN(this.#from)) r.refuse("A tail begins nowhere.");
    this.#share = r.finite(0, 1);
    this.#retryAt = r.finite(0);
    this.#wasAbove = r.boolean();
    this.#above = r.finite(0);
    this.#followed = r.finite(0, this.#above);
  }
}

/** The law of the highest tenth, or of fewer. */
function fitTop(
  { scores, weights }: TopScores,
  size: number,
  trust: number,
  shapes: BreakRule["tailShapes"],
): TailLaw | undefined {
  const goal = Math.min(MAX_TAIL, size * MAX_TAIL_SHARE);
  let [first, above] = [scores.length, 0];
  while (first > 1 && above + weights[first - 1]! <= goal) above += weights[--first]!;
  if (above < MIN_TAIL) return undefined;
  const from = scores[first - 1]!;
  const exceedances = scores.subarray(first).map((score) => score - from);
  const known = ParetoTail.tryFit(exceedances, weights.subarray(first), trust, 0, shapes);
  const free = ParetoTail.tryFit(exceedances, weights.subarray(first), trust, 0, [shapes[0], Infinity]);
  const isRefuted = known === undefined || (free?.logLikelihood ?? -Infinity) - known.logLikelihood > REFUTED_NATS;
  const law = isRefuted ? free : known;
  return law && { from, share: above / size, law };
}
