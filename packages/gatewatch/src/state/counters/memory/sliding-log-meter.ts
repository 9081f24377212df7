import type { CounterRule, CounterVerdict } from "../counter-store.ts";
import { HitLog } from "./hit-log.ts";
import { type KeyTable, SHARE, STATE, UNTIL } from "./key-table.ts";
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

  take({ page, at }: KeyTable, rule: CounterRule, cost: number, nowUs: number): CounterVerdict {
    const log = this.#open(page, at);
    log.dropUntil(nowUs - rule.windowMs * 1000);
    const { limit } = rule;
    const windowUs = rule.windowMs * 1000;
    const { total } = log;
    if (total + cost > limit) {
      page[at + SHARE] = 1;
      const resetUs = total === 0 ? 0 : log.newestUs + windowUs - nowUs;
      const retryUs = cost > limit ? Number.POSITIVE_INFINITY : log.findRoom(total + cost - limit) + windowUs - nowUs;
      return refuse(Math.max(0, limit - total), resetUs, retryUs);
    }
    if (cost > 0) this.#add(log, page, at, rule, cost, nowUs);
    return admit(limit - log.total, log.total === 0 ? 0 : log.newestUs + windowUs - nowUs);
  }

  shift({ page, at }: KeyTable, rule: CounterRule, amount: number, nowUs: number): void {
    const log = this.#open(page, at);
    log.dropUntil(nowUs - rule.windowMs * 1000);
    if (amount > 0) return this.#add(log, page, at, rule, amount, nowUs);
    log.takeBack(-amount);
    page[at + SHARE] = log.total / rule.limit;
    page[at + UNTIL] = log.total === 0 ? 0 : log.newestUs + rule.windowMs * 1000;
  }

  #add(log: HitLog, page: Float64Array, at: number, rule: CounterRule, cost: number, nowUs: number): void {
    const before = log.capacity;
    log.add(nowUs, cost, this.#hits + before <= this.#maxHits);
    this.#hits += log.capacity - before;
    page[at + SHARE] = log.total / rule.limit;
    page[at + UNTIL] = nowUs + rule.windowMs * 1000;
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
