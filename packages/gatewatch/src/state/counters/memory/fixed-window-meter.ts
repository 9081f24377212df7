import type { CounterRule, CounterVerdict } from "../counter-store.ts";
import { SHARE, STATE, UNTIL } from "./key-table.ts";
import { admit, type Meter, refuse } from "./meter.ts";

const COUNT = STATE;

/** A window begins with its first hit. */
export const FIXED_WINDOW_METER: Meter = {
  cells: STATE + 1,
  extraBytes: 0,

  take(page, at, { limit, windowMs }, cost, nowMs): CounterVerdict {
    const isOver = page[at + UNTIL]! <= nowMs;
    const count = isOver ? 0 : page[at + COUNT]!;
    const leftMs = isOver ? windowMs : page[at + UNTIL]! - nowMs;
    if (count + cost > limit) {
      if (!isOver) page[at + SHARE] = 1;
      const resetMs = isOver ? 0 : leftMs;
      return refuse(Math.max(0, limit - count), resetMs, cost > limit ? Number.POSITIVE_INFINITY : leftMs);
    }
    if (cost === 0) return admit(limit - count, isOver ? 0 : leftMs);
    if (isOver) page[at + UNTIL] = nowMs + windowMs;
    page[at + COUNT] = count + cost;
    page[at + SHARE] = (count + cost) / limit;
    return admit(limit - count - cost, leftMs);
  },

  shift(page, at, { limit, windowMs }: CounterRule, amount, nowMs): void {
    const isOver = page[at + UNTIL]! <= nowMs;
    const count = Math.max(0, (isOver ? 0 : page[at + COUNT]!) + amount);
    if (isOver) page[at + UNTIL] = count === 0 ? 0 : nowMs + windowMs;
    page[at + COUNT] = count;
    page[at + SHARE] = count / limit;
  },
};
