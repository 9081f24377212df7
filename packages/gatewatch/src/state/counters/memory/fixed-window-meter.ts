import type { CounterRule, CounterVerdict } from "../counter-store.ts";
import { SHARE, STATE, UNTIL } from "./key-table.ts";
import { admit, type Meter, refuse } from "./meter.ts";

const COUNT = STATE;

/** A window begins with its first hit. */
export const FIXED_WINDOW_METER: Meter = {
  cells: STATE + 1,
  extraBytes: 0,

  take({ page, at }, { limit, windowMs }, cost, nowUs): CounterVerdict {
    const windowUs = windowMs * 1000;
    const isOver = page[at + UNTIL]! <= nowUs;
    const count = isOver ? 0 : page[at + COUNT]!;
    const leftUs = isOver ? windowUs : page[at + UNTIL]! - nowUs;
    if (count + cost > limit) {
      if (!isOver) page[at + SHARE] = 1;
      const resetUs = isOver ? 0 : leftUs;
      return refuse(Math.max(0, limit - count), resetUs, cost > limit ? Number.POSITIVE_INFINITY : leftUs);
    }
    if (cost === 0) return admit(limit - count, isOver ? 0 : leftUs);
    if (isOver) page[at + UNTIL] = nowUs + windowUs;
    page[at + COUNT] = count + cost;
    page[at + SHARE] = (count + cost) / limit;
    return admit(limit - count - cost, leftUs);
  },

  shift({ page, at }, { limit, windowMs }: CounterRule, amount, nowUs): void {
    const isOver = page[at + UNTIL]! <= nowUs;
    const count = Math.max(0, (isOver ? 0 : page[at + COUNT]!) + amount);
    if (isOver) page[at + UNTIL] = count === 0 ? 0 : nowUs + windowMs * 1000;
    page[at + COUNT] = count;
    page[at + SHARE] = count / limit;
  },
};
