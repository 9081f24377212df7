import type { CounterRule, CounterVerdict } from "../counter-store.ts";
import { SHARE, STATE, UNTIL } from "./key-table.ts";
import { admit, type Meter, refuse } from "./meter.ts";

/** Units taken and not yet refilled, as of `SINCE`. */
const LEVEL = STATE;
const SINCE = STATE + 1;
/** Sums of fractions of a unit are off by less than this. */
const SLACK = 1e-9;

/**
 * The generic cell rate algorithm as a meter: what was taken drains at L/W. Kept as level and time instead of one theoretical arrival
 * time, because small numbers add up without losing the last unit of a burst.
 */
export const TOKEN_BUCKET_METER: Meter = {
  cells: STATE + 2,
  extraBytes: 0,

  take(page, at, rule, cost, nowMs): CounterVerdict {
    const { burst } = rule;
    const unitMs = rule.windowMs / rule.limit;
    const level = drain(page, at, unitMs, nowMs);
    if (level + cost > burst + SLACK) {
      page[at + SHARE] = 1;
      const remaining = Math.max(0, Math.floor(burst - level + SLACK));
      const retryMs = cost > burst ? Number.POSITIVE_INFINITY : (level + cost - burst) * unitMs;
      return refuse(remaining, level * unitMs, retryMs);
    }
    if (cost > 0) write(page, at, rule, level + cost, nowMs);
    return admit(Math.floor(burst - level - cost + SLACK), (level + cost) * unitMs);
  },

  shift(page, at, rule, amount, nowMs): void {
    const level = drain(page, at, rule.windowMs / rule.limit, nowMs);
    write(page, at, rule, Math.max(0, level + amount), nowMs);
  },
};

function drain(page: Float64Array, at: number, unitMs: number, nowMs: number): number {
  if (page[at + UNTIL]! <= nowMs) return 0;
  return Math.max(0, page[at + LEVEL]! - (nowMs - page[at + SINCE]!) / unitMs);
}

function write(page: Float64Array, at: number, rule: CounterRule, level: number, nowMs: number): void {
  page[at + LEVEL] = level;
  page[at + SINCE] = nowMs;
  page[at + UNTIL] = nowMs + (level * rule.windowMs) / rule.limit;
  page[at + SHARE] = level / rule.burst;
}
