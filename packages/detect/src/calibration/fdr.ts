import type { StateReader } from "../snapshot/state-reader.ts";
import type { StateWriter } from "../snapshot/state-writer.ts";

export type FdrMethod = "lord" | "saffron" | "e-lond";

export interface FdrOptions {
  /** Share of the discoveries that may be false. @default 0.1 */
  target?: number;
  /** @default "lord" */
  method?: FdrMethod;
}

export interface FdrDecision {
  reject: boolean;
  /** What the p-value had to be at most. */
  level: number;
}

/** The budget of a discovery is spread over the tests after it like (j + SCALE)^−POWER: about evenly at first, and without an end. */
const SCALE = 1000;
const POWER = 1.3;
/** Of what is not spent on discoveries, at the start. */
const FIRST_SHARE = 0.5;
/** SAFFRON: a p-value above it tells that a test is hardly a discovery, and costs; one below it is free. */
const CANDIDATE = 0.5;
/** Levels are those of the end of a block, which are lower: each test of it is held to no more than its own. */
const BLOCK = 64;
const MAX_DISCOVERIES = 48;
/** e-LOND's e-values are κ p^(κ − 1) (Shafer, Shen, Vereshchagin and Vovk, 2011). */
const KAPPA = 0.1;
const METHODS: readonly FdrMethod[] = ["lord", "saffron", "e-lond"];

/**
 * Holds the expected share of false alarms among all alarms of an endless stream to a target.
 * - `lord`: LORD++ (Ramdas, Yang, Wainwright, Jordan, 2017), for independent p-values.
 * - `saffron`: SAFFRON (Ramdas, Zrnic, Wainwright, Jordan, 2018), better where much is anomalous.
 * - `e-lond`: e-LOND (Xu and Ramdas, 2024), for any dependence.
 *
 * Of discoveries long ago, neighbours are counted as one of the older time, which can only lower later levels.
 */
export class FdrControl {
  readonly #method: FdrMethod;
  readonly #target: number;
  /** Tests so far; for SAFFRON, those that cost. */
  #clock = 0;
  #discoveries = 0;
  readonly #times: number[] = [];
  readonly #counts: number[] = [];
  #level = 0;
  #levelUntil = -1;

  constructor({ target = 0.1, method = "lord" }: FdrOptions = {}) {
    this.#target = target;
    this.#method = method;
  }

  get discoveries(): number {
    return this.#discoveries;
  }

  /** To be called once for each test, in their order. */
  decide(pValue: number): FdrDecision {
    if (this.#clock >= this.#levelUntil) this.#renewLevel();
    const level = this.#level;
    const reject = pValue <= level;
    if (this.#method !== "saffron" || !(pValue <= CANDIDATE)) this.#clock++;
    if (reject) this.#note();
    return { reject, level };
  }

  write(w: StateWriter): void {
    w.u8(METHODS.indexOf(this.#method));
    w.f64(this.#target);
    w.count(this.#clock);
    w.count(this.#discoveries);
    w.f64(this.#level);
    w.f64(this.#levelUntil);
    w.numbers(Float64Array.from(this.#times));
    w.numbers(Float64Array.from(this.#counts));
  }

  /** @throws SnapshotError */
  static read(r: StateReader): FdrControl {
    const method = METHODS[r.u8()] ?? r.refuse("There is no such method.");
    const control = new FdrControl({ method, target: r.finite(0, 1) });
    control.#clock = r.count();
    control.#discoveries = r.count();
    control.#level = r.finite(0, 1);
    control.#levelUntil = r.finite();
    for (const list of [control.#times, control.#counts]) list.push(...r.numberList(MAX_DISCOVERIES));
    if (control.#times.length !== control.#counts.length) r.refuse("Discoveries do not match their times.");
    if (control.#times.some((time) => time < 0 || time > control.#clock)) r.refuse("A discovery is not in the past.");
    if (control.#counts.some((count) => count < 1)) r.refuse("A discovery counts for less than one.");
    return control;
  }

  #note(): void {
    this.#discoveries++;
    this.#times.push(this.#clock);
    this.#counts.push(1);
    if (this.#times.length > MAX_DISCOVERIES) this.#joinOldest();
    this.#levelUntil = -1;
  }

  /** Of the older half, the two that are nearest in time become one. */
  #joinOldest(): void {
    let [best, least] = [1, Infinity];
    for (let at = 2; at < this.#times.length / 2; at++) {
      const distance = (this.#times[at]! - this.#times[at - 1]!) / (this.#clock - this.#times[at - 1]! + 1);
      if (distance < least) [best, least] = [at - 1, distance];
    }
    this.#counts[best]! += this.#counts[best + 1]!;
    this.#times.splice(best + 1, 1);
    this.#counts.splice(best + 1, 1);
  }

  #renewLevel(): void {
    this.#levelUntil = this.#clock + BLOCK;
    const now = this.#levelUntil;
    if (this.#method === "e-lond") {
      const evidence = 1 / (this.#target * spread(now) * (this.#discoveries + 1));
      this.#level = (evidence / KAPPA) ** (1 / (KAPPA - 1));
      return;
    }
    let budget = FIRST_SHARE * spread(now);
    for (let at = 0; at < this.#times.length; at++) {
      // The first discovery pays back what was spent before it.
      const worth = at === 0 ? this.#counts[at]! - FIRST_SHARE : this.#counts[at]!;
      budget += worth * spread(now - this.#times[at]!);
    }
    this.#level =
      this.#method === "lord" ? this.#target * budget : Math.min(CANDIDATE, (1 - CANDIDATE) * this.#target * budget);
  }
}

/** Adds up to at most 1 over all j ≥ 1, as the integral from 0 does. */
function spread(j: number): number {
  return ((POWER - 1) / SCALE) * (1 + j / SCALE) ** -POWER;
}
