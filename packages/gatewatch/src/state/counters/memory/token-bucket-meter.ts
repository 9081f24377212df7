import type { CounterRule, CounterVerdict } from "../counter-store.ts";
import { SHARE, STATE, UNTIL } from "./key-table.ts";
import { admit, type Meter, refuse } from "./meter.ts";

/** Units taken and not yet refilled, as of `SINCE`. */
const LEVEL = STATE;
const SINCE = STATE + 1;
/** A thousandth of a microsecond: more than sums of fractions of a unit are off by, and less than lets a token come early. */
const SLACK_US = 0.001;
/** The same in units, for rates at which that would be many. */
const MAX_SLACK = 0.001;

/**
 * The generic cell rate algorithm as a meter: what was taken drains at L/W. Kept as level and time instead of one theoretical arrival
 * time, because small numbers add up without losing the last unit of a burst.
 */
export const TOKEN_BUCKET_METER: Meter = {
  cells: STATE + 2,
  extraBytes: 0,

  take({ page, at }, rule, cost, nowUs): CounterVerdict {
    const { burst } = rule;
    const unitUs = (rule.windowMs * 1000) / rule.limit;
    const slack = Math.min(SLACK_US / unitUs, MAX_SLACK);
    const level = drain(page, at, unitUs, nowUs);
    if (level + cost > burst + slack) {
      page[at + SHARE] = 1;
      const remaining = Math.max(0, Math.floor(burst - level + slack));
      const retryUs = cost > burst ? Number.POSITIVE_INFINITY : (level + cost - burst) * unitUs;
      return refuse(remaining, level * unitUs, retryUs);
    }
    if (cost > 0) write(page, at, rule, level + cost, nowUs);
    return admit(Math.floor(burst - level - cost + slack), (level + cost) * unitUs);
  },

  shift({ page, at }, rule, amount, nowUs): void {
    const level = drain(page, at, (rule.windowMs * 1000) / rule.limit, nowUs);
    write(page, at, rule, Math.max(0, level + amount), nowUs);
  },
};

function drain(page: Float64Array, at: number, unitUs: number, nowUs: number): number {
  if (page[at + UNTIL]! <= nowUs) return 0;
  return Math.max(0, page[at + LEVEL]! - (nowUs - page[at + SINCE]!) / unitUs);
}

function write(page: Float64Array, at: number, rule: CounterRule, level: number, nowUs: number): void {
  page[at + LEVEL] = level;
  page[at + SINCE] = nowUs;
  page[at + UNTIL] = nowUs + (level * rule.windowMs * 1000) / rule.limit;
  page[at + SHARE] = level / rule.burst;
}
