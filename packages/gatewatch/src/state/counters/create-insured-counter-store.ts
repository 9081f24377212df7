import type { CounterRule, CounterStore, CounterVerdict, Eventually } from "./counter-store.ts";
import type { MemoryCounterStore } from "./memory/create-memory-counter-store.ts";

export interface InsuranceSettings {
  /** Whether the shared store would answer now. */
  isUp(): boolean;
  /** Part of each limit that this process grants by itself while the shared store is away, above 0 and up to 1. */
  share: number;
}

/** A shared store, with counters of this process in its place whenever it fails or is away: never rejects, never waits longer than it. */
export function createInsuredCounterStore(
  shared: CounterStore,
  local: MemoryCounterStore,
  settings: InsuranceSettings,
): CounterStore {
  return new InsuredCounters(shared, local, settings);
}

class InsuredCounters implements CounterStore {
  readonly #shared: CounterStore;
  readonly #local: MemoryCounterStore;
  readonly #settings: InsuranceSettings;
  readonly #shares = new WeakMap<CounterRule, CounterRule>();
  #insured = 0;

  constructor(shared: CounterStore, local: MemoryCounterStore, settings: InsuranceSettings) {
    this.#shared = shared;
    this.#local = local;
    this.#settings = settings;
  }

  consume(rule: CounterRule, key: string, cost: number): Eventually<CounterVerdict> {
    const insure = (): CounterVerdict => {
      this.#insured++;
      return this.#local.consume(this.#shareOf(rule), key, cost);
    };
    return this.#ask(() => this.#shared.consume(rule, key, cost), insure);
  }

  peek(rule: CounterRule, key: string): Eventually<CounterVerdict> {
    return this.#ask(
      () => this.#shared.peek(rule, key),
      () => this.#local.peek(this.#shareOf(rule), key),
    );
  }

  adjust(rule: CounterRule, key: string, amount: number): Eventually<CounterVerdict> {
    return this.#ask(
      () => this.#shared.adjust(rule, key, amount),
      () => this.#local.adjust(this.#shareOf(rule), key, amount),
    );
  }

  reset(rule: CounterRule, key: string): Eventually<void> {
    this.#local.reset(this.#shareOf(rule), key);
    return this.#shared.reset(rule, key);
  }

  block(key: string, durationMs: number): Eventually<void> {
    this.#local.block(key, durationMs);
    return this.#shared.block(key, durationMs);
  }

  unblock(key: string): Eventually<void> {
    this.#local.unblock(key);
    return this.#shared.unblock(key);
  }

  stats(): Readonly<Record<string, number>> {
    return { ...this.#local.stats(), ...this.#shared.stats(), insured: this.#insured };
  }

  #ask(ask: () => Eventually<CounterVerdict>, insure: () => CounterVerdict): Eventually<CounterVerdict> {
    if (!this.#settings.isUp()) return insure();
    const answer = ask();
    return answer instanceof Promise ? answer.catch(insure) : answer;
  }

  #shareOf(rule: CounterRule): CounterRule {
    let share = this.#shares.get(rule);
    if (share === undefined) {
      const portion = (units: number): number => Math.max(1, Math.floor(units * this.#settings.share));
      share = { ...rule, limit: portion(rule.limit), burst: portion(rule.burst) };
      this.#shares.set(rule, share);
    }
    return share;
  }
}
