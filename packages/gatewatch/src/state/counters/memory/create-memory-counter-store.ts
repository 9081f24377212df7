import { SYSTEM_CLOCK, type Clock } from "../../../gate/clock.ts";
import type { CounterRule, CounterStore, CounterVerdict, CountingAlgorithm } from "../counter-store.ts";
import { BlockList } from "./block-list.ts";
import { FIXED_WINDOW_METER } from "./fixed-window-meter.ts";
import { KeyHash } from "./hash-key.ts";
import { KeyTable } from "./key-table.ts";
import type { Meter } from "./meter.ts";
import { SlidingLogMeter } from "./sliding-log-meter.ts";
import { SLIDING_WINDOW_METER } from "./sliding-window-meter.ts";
import { TOKEN_BUCKET_METER } from "./token-bucket-meter.ts";

/** A counter store that answers at once. */
export interface MemoryCounterStore extends CounterStore {
  consume(rule: CounterRule, key: string, cost: number): CounterVerdict;
  peek(rule: CounterRule, key: string): CounterVerdict;
  adjust(rule: CounterRule, key: string, amount: number): CounterVerdict;
  reset(rule: CounterRule, key: string): void;
  block(key: string, durationMs: number): void;
  unblock(key: string): void;
  /** Bytes held by counters. */
  bytes(): number;
}

export interface MemoryCounterSettings {
  /** Keys per algorithm. @default 100000 */
  maxKeys?: number;
  clock?: Clock;
}

const DEFAULT_MAX_KEYS = 100_000;
/** Of all logs together, 16 bytes each. */
const MAX_LOGGED_HITS = 4_000_000;
const MAX_BLOCKED = 10_000;

interface Counter {
  meter: Meter;
  table: KeyTable;
}

/** Counters of this process, bounded, without timers. */
export function createMemoryCounterStore(settings: MemoryCounterSettings = {}): MemoryCounterStore {
  return new MemoryCounters(settings);
}

class MemoryCounters implements MemoryCounterStore {
  readonly #clock: Clock;
  readonly #maxKeys: number;
  readonly #hash = new KeyHash();
  readonly #counters = new Map<CountingAlgorithm, Counter>();
  readonly #salts = new Map<string, number>();
  readonly #blocks = new BlockList(MAX_BLOCKED);
  /** The rule of the last call: most apps have one. */
  #rule: CounterRule | undefined;
  #salt = 0;
  #counter!: Counter;

  constructor({ maxKeys = DEFAULT_MAX_KEYS, clock = SYSTEM_CLOCK }: MemoryCounterSettings) {
    this.#maxKeys = maxKeys;
    this.#clock = clock;
  }

  consume(rule: CounterRule, key: string, cost: number): CounterVerdict {
    const nowUs = Math.round(this.#clock.monotonicMs() * 1000);
    if (this.#blocks.size > 0) {
      const verdict = this.#blocks.check(key, nowUs / 1000);
      if (verdict !== undefined) return verdict;
    }
    const { meter, table } = this.#open(rule, key, nowUs);
    return meter.take(table, rule, cost, nowUs);
  }

  peek(rule: CounterRule, key: string): CounterVerdict {
    const nowUs = Math.round(this.#clock.monotonicMs() * 1000);
    const blocked = this.#blocks.check(key, nowUs / 1000);
    if (blocked !== undefined) return blocked;
    if (!this.#find(rule, key)) {
      const remaining = rule.algorithm === "token-bucket" ? rule.burst : rule.limit;
      return { allowed: true, remaining, resetMs: 0, retryMs: 0, blocked: false };
    }
    const { meter, table } = this.#counter;
    const now = meter.take(table, rule, 0, nowUs);
    // A look of one unit that is refused tells when it would pass, and changes nothing.
    return now.remaining >= 1 ? now : meter.take(table, rule, 1, nowUs);
  }

  adjust(rule: CounterRule, key: string, amount: number): CounterVerdict {
    const nowUs = Math.round(this.#clock.monotonicMs() * 1000);
    if (amount > 0 || this.#find(rule, key)) {
      const { meter, table } = this.#open(rule, key, nowUs);
      meter.shift(table, rule, amount, nowUs);
    }
    return this.peek(rule, key);
  }

  reset(rule: CounterRule, key: string): void {
    if (this.#find(rule, key)) this.#counter.table.drop();
  }

  block(key: string, durationMs: number): void {
    const nowUs = Math.round(this.#clock.monotonicMs() * 1000);
    this.#blocks.add(key, nowUs / 1000 + durationMs, nowUs / 1000);
  }

  unblock(key: string): void {
    this.#blocks.remove(key);
  }

  bytes(): number {
    let bytes = 0;
    for (const { meter, table } of this.#counters.values()) bytes += table.bytes + meter.extraBytes;
    return bytes;
  }

  stats(): Readonly<Record<string, number>> {
    const tables = [...this.#counters.values()].map(({ table }) => table);
    return {
      keys: tables.reduce((sum, table) => sum + table.size, 0),
      evicted: tables.reduce((sum, table) => sum + table.evicted, 0),
      crowded: tables.reduce((sum, table) => sum + table.crowded, 0),
      blocked: this.#blocks.size,
    };
  }

  #open(rule: CounterRule, key: string, nowUs: number): Counter {
    if (!this.#find(rule, key)) this.#counter.table.claim(this.#hash.low, this.#hash.high, nowUs);
    return this.#counter;
  }

  #find(rule: CounterRule, key: string): boolean {
    if (rule !== this.#rule) this.#use(rule);
    this.#hash.update(this.#salt, key);
    return this.#counter.table.find(this.#hash.low, this.#hash.high);
  }

  #use(rule: CounterRule): void {
    this.#rule = rule;
    let counter = this.#counters.get(rule.algorithm);
    if (counter === undefined) {
      const meter = createMeter(rule.algorithm);
      counter = { meter, table: new KeyTable(meter.cells, this.#maxKeys) };
      this.#counters.set(rule.algorithm, counter);
    }
    this.#counter = counter;
    // A window of another length counts apart: its steps and ends mean something else.
    const name = `${rule.name}\n${rule.windowMs}`;
    let salt = this.#salts.get(name);
    if (salt === undefined) {
      salt = this.#salts.size + 1;
      this.#salts.set(name, salt);
    }
    this.#salt = salt;
  }
}

function createMeter(algorithm: CountingAlgorithm): Meter {
  switch (algorithm) {
    case "fixed-window":
      return FIXED_WINDOW_METER;
    case "sliding-window":
      return SLIDING_WINDOW_METER;
    case "sliding-log":
      return new SlidingLogMeter(MAX_LOGGED_HITS);
    case "token-bucket":
      return TOKEN_BUCKET_METER;
    default:
      return algorithm satisfies never;
  }
}
