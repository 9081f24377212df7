import { WINDOW_STEPS } from "../window-steps.ts";
import type { CounterRule, CounterVerdict } from "../counter-store.ts";
import { SHARE, STATE, UNTIL } from "./key-table.ts";
import { admit, type Meter, refuse } from "./meter.ts";

/** The step that the ring was last brought up to. */
const STEP = STATE;
const TOTAL = STATE + 1;
/** Hits per step, in a ring of 32-bit numbers behind the cells. */
const RING = STATE + 2;
const SLOTS = WINDOW_STEPS + 1;

/**
 * Hits are counted per step of W/20, and a step counts until its last moment has left the window. The usual two counters, the older
 * one weighted, admit almost 2 L when the older window's hits came at its end; this never admits more than L.
 */
export class SlidingWindowMeter implements Meter {
  readonly cells = RING + Math.ceil(SLOTS / 2);
  readonly extraBytes = 0;
  readonly #words = new WeakMap<ArrayBufferLike, Uint32Array>();
  #page: Float64Array | undefined;
  #ring: Uint32Array = new Uint32Array(0);

  take(page: Float64Array, at: number, rule: CounterRule, cost: number, nowUs: number): CounterVerdict {
    const stepUs = (rule.windowMs * 1000) / WINDOW_STEPS;
    const step = Math.floor(nowUs / stepUs);
    const total = this.#advance(page, at, step, nowUs);
    const { limit } = rule;
    if (total + cost > limit) {
      page[at + SHARE] = 1;
      const retryUs =
        cost > limit
          ? Number.POSITIVE_INFINITY
          : (this.#findRoom(at, step, total + cost - limit) + SLOTS) * stepUs - nowUs;
      return refuse(Math.max(0, limit - total), Math.max(0, page[at + UNTIL]! - nowUs), retryUs);
    }
    if (cost > 0) this.#add(page, at, rule, step, stepUs, cost);
    return admit(limit - total - cost, Math.max(0, page[at + UNTIL]! - nowUs));
  }

  shift(page: Float64Array, at: number, rule: CounterRule, amount: number, nowUs: number): void {
    const stepUs = (rule.windowMs * 1000) / WINDOW_STEPS;
    const step = Math.floor(nowUs / stepUs);
    const total = this.#advance(page, at, step, nowUs);
    if (amount > 0) return this.#add(page, at, rule, step, stepUs, amount);
    let left = Math.min(total, -amount);
    const base = (at + RING) * 2;
    page[at + TOTAL] = total - left;
    let newest = Number.NEGATIVE_INFINITY;
    for (let each = step; each > step - SLOTS && each >= 0; each--) {
      const slot = base + (each % SLOTS);
      const taken = Math.min(left, this.#ring[slot]!);
      this.#ring[slot] = this.#ring[slot]! - taken;
      left -= taken;
      if (this.#ring[slot]! > 0 && newest === Number.NEGATIVE_INFINITY) newest = each;
    }
    page[at + SHARE] = page[at + TOTAL]! / rule.limit;
    page[at + UNTIL] = newest === Number.NEGATIVE_INFINITY ? 0 : (newest + SLOTS) * stepUs;
  }

  #add(page: Float64Array, at: number, rule: CounterRule, step: number, stepUs: number, amount: number): void {
    const slot = (at + RING) * 2 + (step % SLOTS);
    this.#ring[slot] = this.#ring[slot]! + amount;
    page[at + TOTAL] = page[at + TOTAL]! + amount;
    page[at + SHARE] = page[at + TOTAL]! / rule.limit;
    page[at + UNTIL] = (step + SLOTS) * stepUs;
  }

  /** Lets go of the steps that have left the window; the total that remains. */
  #advance(page: Float64Array, at: number, step: number, nowUs: number): number {
    if (page !== this.#page) this.#open(page);
    const base = (at + RING) * 2;
    const before = page[at + STEP]!;
    page[at + STEP] = step;
    if (page[at + UNTIL]! <= nowUs || step - before >= SLOTS) {
      if (page[at + TOTAL]! > 0) this.#ring.fill(0, base, base + SLOTS);
      page[at + TOTAL] = 0;
      return 0;
    }
    let total = page[at + TOTAL]!;
    for (let each = before + 1; each <= step; each++) {
      const slot = base + (each % SLOTS);
      total -= this.#ring[slot]!;
      this.#ring[slot] = 0;
    }
    page[at + TOTAL] = total;
    return total;
  }

  /** The step with whose end `needed` units have become free. */
  #findRoom(at: number, step: number, needed: number): number {
    const base = (at + RING) * 2;
    let freed = 0;
    for (let each = Math.max(0, step - WINDOW_STEPS); each < step; each++) {
      freed += this.#ring[base + (each % SLOTS)]!;
      if (freed >= needed) return each;
    }
    return step;
  }

  #open(page: Float64Array): void {
    let words = this.#words.get(page.buffer);
    if (words === undefined) {
      words = new Uint32Array(page.buffer);
      this.#words.set(page.buffer, words);
    }
    this.#page = page;
    this.#ring = words;
  }
}
