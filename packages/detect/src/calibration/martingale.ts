import type { StateReader } from "../snapshot/state-reader.ts";
import type { StateWriter } from "../snapshot/state-writer.ts";

/** How much each of the accounts bets on small p-values: for slow drifts up to sudden ones. */
const BETS = [0.1, 0.25, 0.5, 0.9] as const;
/** Part of each account that is spread over all of them before each bet. */
const JUMP = 1e-3;
/** Part of the reserve that starts new bets, falling like 1/t after this many p-values. */
const FIRST_EVENTS = 1000;
const MAX_VALUE = 1e12;
/** By how much the mean of p-values may lie below a half: calibrated on a thousand scores, it does by a hundredth or two. */
const TOLERANCE = 0.025;
/** P-values that the dependence of one on the one before is measured over. */
const MEMORY = 1000;
const VARIANCE = 1 / 12;
/** Correlations up to here are chance. */
const FREE_CORRELATION = 0.05;
/** What is assumed before any is measured, as if from so many p-values. */
const FIRST_CORRELATION = 0.3;
const FIRST_MEASURED = 100;
const CAUTION = 2.5;

/**
 * Evidence that a stream has changed: what a gambler has made of 1 who bets that p-values are smaller than they should be. Valid p-values
 * give no fair chance of that: by Ville's inequality it ever reaches 1/a with probability at most a. A reserve starts new bets for ever, so
 * that a change is found at any time. Bets are linear in p, so that the tail, of which least is known, does not decide; and they are the
 * smaller the more p-values have followed each other, since a cluster of small ones is one piece of evidence and not many.
 */
export class DriftMartingale {
  readonly #accounts = new Float64Array(BETS.length);
  #reserve = 1;
  #events = 0;
  #last = 0.5;
  #mean = 0.5;
  #correlation = FIRST_CORRELATION;

  get value(): number {
    return this.#accounts.reduce((sum, account) => sum + account, this.#reserve);
  }

  /** @param pValue from 0 to 1; anything else is left out */
  observe(pValue: number): void {
    if (!(pValue >= 0 && pValue <= 1)) return;
    const started = (this.#reserve * 0.5) / (this.#events + FIRST_EVENTS);
    this.#reserve -= started;
    const accounts = this.#accounts;
    const excess = Math.max(0, this.#correlation - FREE_CORRELATION);
    const caution = ((1 - excess) / (1 + excess)) ** CAUTION;
    const gain = caution * (1 - 2 * TOLERANCE - 2 * pValue);
    let shared = started;
    for (const account of accounts) shared += JUMP * account;
    for (let at = 0; at < accounts.length; at++) {
      const stake = (1 - JUMP) * accounts[at]! + shared / accounts.length;
      accounts[at] = Math.min(MAX_VALUE, stake * (1 + BETS[at]! * gain));
    }
    this.#follow(pValue);
  }

  /** Begins anew, as after a change that has been told. */
  reset(): void {
    this.#accounts.fill(0);
    this.#reserve = 1;
    this.#events = 0;
  }

  write(w: StateWriter): void {
    w.numbers(this.#accounts);
    w.f64(this.#reserve);
    w.count(this.#events);
    for (const value of [this.#last, this.#mean, this.#correlation]) w.f64(value);
  }

  /** @throws SnapshotError */
  static read(r: StateReader): DriftMartingale {
    const martingale = new DriftMartingale();
    r.numbersInto(martingale.#accounts);
    if (martingale.#accounts.some((account) => account < 0)) r.refuse("An account is below 0.");
    martingale.#reserve = r.finite(0, 1);
    martingale.#events = r.count();
    martingale.#last = r.finite(0, 1);
    martingale.#mean = r.finite(0, 1);
    martingale.#correlation = r.finite(-1, 1);
    return martingale;
  }

  #follow(pValue: number): void {
    this.#events++;
    const weight = 1 / Math.min(MEMORY, this.#events + FIRST_MEASURED);
    const product = ((pValue - this.#mean) * (this.#last - this.#mean)) / VARIANCE;
    this.#correlation = Math.max(-1, Math.min(1, this.#correlation + weight * (product - this.#correlation)));
    this.#mean += 3 * weight * (pValue - this.#mean);
    this.#last = pValue;
  }
}
