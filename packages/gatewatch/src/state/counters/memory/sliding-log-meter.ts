import type { CounterRule, CounterVerdict } from "../counter-store.ts";
import { HitLog } from "./hit-log.ts";
import { SHARE, STATE, UNTIL } from "./key-table.ts";
import { admit, type Meter, refuse } from "./meter.ts";

/** Number of the entry's log + 1; 0: none. */
const LOG = STATE;

/** Every hit is kept until it has left the window. All logs together are bounded; beyond it, hits of one key merge. */
export class SlidingLogMeter implements Meter {
  readonly cells = STATE + 1;
  readonly #maxHits: number;
  #hits = 0;
  /** By the cell at which an entry begins, per page. */
  readonly #logs = new Map<Float64Array, (HitLog | undefined)[]>();

  constructor(maxHits: number) {
    this.#maxHits = maxHits;
  }

  get extraBytes(): number {
    return this.#hits * 16;
  }

  take(page: Float64Array, at: number, rule: CounterRule, cost: number, nowMs: number): CounterVerdict {
    const log = this.#open(page, at);
    log.dropUntil(nowMs - rule.windowMs);
    const { limit, windowMs } = rule;
    const { total } = log;
    if (total + cost > limit) {
      page[at + SHARE] = 1;
      const resetMs = total === 0 ? 0 : log.newestMs + windowMs - nowMs;
      const retryMs = cost > limit ? Number.POSITIVE_INFINITY : log.findRoom(total + cost - limit) + windowMs - nowMs;
      return refuse(Math.max(0, limit - total), resetMs, retryMs);
    }
    if (cost > 0) this.#add(log, page, at, rule, cost, nowMs);
    return admit(limit - log.total, log.total === 0 ? 0 : log.newestMs + windowMs - nowMs);
  }

  shift(page: Float64Array, at: number, rule: CounterRule, amount: number, nowMs: number): void {
    const log = this.#open(page, at);
    log.dropUntil(nowMs - rule.windowMs);
    if (amount > 0) return this.#add(log, page, at, rule, amount, nowMs);
    log.takeBack(-amount);
    page[at + SHARE] = log.total / rule.limit;
    page[at + UNTIL] = log.total === 0 ? 0 : log.newestMs + rule.windowMs;
  }

  #add(log: HitLog, page: Float64Array, at: number, rule: CounterRule, cost: number, nowMs: number): void {
    const before = log.capacity;
    log.add(nowMs, cost, this.#hits + before <= this.#maxHits);
    this.#hits += log.capacity - before;
    page[at + SHARE] = log.total / rule.limit;
    page[at + UNTIL] = nowMs + rule.windowMs;
  }

  /** An entry that was given to another key has zeros in its cells: its old log goes. */
  #open(page: Float64Array, at: number): HitLog {
    let logs = this.#logs.get(page);
    if (logs === undefined) {
      logs = [];
      this.#logs.set(page, logs);
    }
    const known = logs[at / this.cells];
    if (known !== undefined && page[at + LOG] === 1) return known;
    const log = new HitLog();
    this.#hits += log.capacity - (known?.capacity ?? 0);
    logs[at / this.cells] = log;
    page[at + LOG] = 1;
    return log;
  }
}
