import { WINDOW_STEPS } from "../window-steps.ts";
import type { CounterRule, CounterVerdict } from "../counter-store.ts";
import { type KeyTable, SHARE, STATE, UNTIL } from "./key-table.ts";
import { admit, type Meter, refuse } from "./meter.ts";

/** The step that the ring was last brought up to. */
const STEP = STATE;
const TOTAL = STATE + 1;
/** Hits per step, in a ring of 32-bit numbers behind the cells. */
const RING = STATE + 2;
const SLOTS = WINDOW_STEPS + 1;
/** Penalties add up to no more in one step: words of the ring end a little above. */
const MAX_PER_STEP = 2_000_000_000;

/**
 * Hits are counted per step of W/20, and a step counts until its last moment has left the window. The usual two counters, the older
 * one weighted, admit almost 2 L when the older window's hits came at its end; this never admits more than L.
 */
export const SLIDING_WINDOW_METER: Meter = {
  cells: RING + Math.ceil(SLOTS / 2),
  extraBytes: 0,

  take(table, rule, cost, nowUs): CounterVerdict {
    const stepUs = (rule.windowMs * 1000) / WINDOW_STEPS;
    const step = Math.floor(nowUs / stepUs);
    const total = advance(table, step, nowUs);
    const { page, at } = table;
    const { limit } = rule;
    if (total + cost > limit) {
      page[at + SHARE] = 1;
      const retryUs =
        cost > limit
          ? Number.POSITIVE_INFINITY
          : (findRoom(table, step, total + cost - limit) + SLOTS) * stepUs - nowUs;
      return refuse(Math.max(0, limit - total), Math.max(0, page[at + UNTIL]! - nowUs), retryUs);
    }
    if (cost > 0) add(table, rule, step, stepUs, cost);
    return admit(limit - total - cost, Math.max(0, page[at + UNTIL]! - nowUs));
  },

  shift(table, rule, amount, nowUs): void {
    const stepUs = (rule.windowMs * 1000) / WINDOW_STEPS;
    const step = Math.floor(nowUs / stepUs);
    const total = advance(table, step, nowUs);
    if (amount > 0) return add(table, rule, step, stepUs, amount);
    const { page, at, words } = table;
    let left = Math.min(total, -amount);
    const base = (at + RING) * 2;
    page[at + TOTAL] = total - left;
    let newest = Number.NEGATIVE_INFINITY;
    for (let each = step; each > step - SLOTS && each >= 0; each--) {
      const slot = base + (each % SLOTS);
      const taken = Math.min(left, words[slot]!);
      words[slot] = words[slot]! - taken;
      left -= taken;
      if (words[slot]! > 0 && newest === Number.NEGATIVE_INFINITY) newest = each;
    }
    page[at + SHARE] = page[at + TOTAL]! / rule.limit;
    page[at + UNTIL] = newest === Number.NEGATIVE_INFINITY ? 0 : (newest + SLOTS) * stepUs;
  },
};

function add({ page, at, words }: KeyTable, rule: CounterRule, step: number, stepUs: number, amount: number): void {
  const slot = (at + RING) * 2 + (step % SLOTS);
  const added = Math.min(amount, MAX_PER_STEP - words[slot]!);
  words[slot] = words[slot]! + added;
  page[at + TOTAL] = page[at + TOTAL]! + added;
  page[at + SHARE] = page[at + TOTAL]! / rule.limit;
  page[at + UNTIL] = (step + SLOTS) * stepUs;
}

/** Lets go of the steps that have left the window; the total that remains. */
function advance({ page, at, words }: KeyTable, step: number, nowUs: number): number {
  const before = page[at + STEP]!;
  let total = page[at + TOTAL]!;
  if (step === before && page[at + UNTIL]! > nowUs) return total;
  const base = (at + RING) * 2;
  page[at + STEP] = step;
  if (page[at + UNTIL]! <= nowUs || step - before >= SLOTS) {
    if (total > 0) words.fill(0, base, base + SLOTS);
    page[at + TOTAL] = 0;
    return 0;
  }
  for (let each = before + 1; each <= step; each++) {
    const slot = base + (each % SLOTS);
    total -= words[slot]!;
    words[slot] = 0;
  }
  page[at + TOTAL] = total;
  return total;
}

/** The step with whose end `needed` units have become free. */
function findRoom({ at, words }: KeyTable, step: number, needed: number): number {
  const base = (at + RING) * 2;
  let freed = 0;
  for (let each = Math.max(0, step - WINDOW_STEPS); each < step; each++) {
    freed += words[base + (each % SLOTS)]!;
    if (freed >= needed) return each;
  }
  return step;
}
