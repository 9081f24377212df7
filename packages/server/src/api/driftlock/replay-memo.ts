import type { Clock } from "../../model/clock.ts";

const KEPT_FOR_MS = 10 * 60_000;

interface Entry<Value> {
  value: Promise<Value>;
  until: number;
  cost: number;
}

/**
 * Answers to what clients may repeat, so that a retry neither learns nor counts twice: for ten minutes, and as many as their cost allows.
 * Work that fails is forgotten, and work under way is waited for.
 */
export class ReplayMemo<Value> {
  readonly #entries = new Map<string, Entry<Value>>();
  readonly #maxCost: number;
  readonly #costOf: (value: Value) => number;
  readonly #clock: Clock;
  #cost = 0;

  constructor(options: { maxCost: number; costOf(value: Value): number; clock: Clock }) {
    this.#maxCost = options.maxCost;
    this.#costOf = options.costOf;
    this.#clock = options.clock;
  }

  /** The value that the same key had, or what the work gives. */
  async run(key: string, work: () => Promise<Value>): Promise<{ value: Value; isReplay: boolean }> {
    const known = this.find(key);
    if (known !== undefined) return { value: await known, isReplay: true };
    const value = work();
    this.note(key, value);
    return { value: await value, isReplay: false };
  }

  find(key: string): Promise<Value> | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.until > this.#clock()) return entry.value;
    this.#forget(key, entry);
    return undefined;
  }

  note(key: string, value: Promise<Value>): void {
    const entry: Entry<Value> = { value, until: this.#clock() + KEPT_FOR_MS, cost: 1 };
    const old = this.#entries.get(key);
    if (old !== undefined) this.#forget(key, old);
    this.#entries.set(key, entry);
    this.#cost += entry.cost;
    this.#shrink();
    void this.#settle(key, entry);
  }

  async #settle(key: string, entry: Entry<Value>): Promise<void> {
    try {
      this.#price(key, entry, this.#costOf(await entry.value));
    } catch {
      this.#forget(key, entry);
    }
  }

  #price(key: string, entry: Entry<Value>, cost: number): void {
    if (this.#entries.get(key) !== entry) return;
    this.#cost += cost - entry.cost;
    entry.cost = cost;
    this.#shrink();
  }

  #shrink(): void {
    for (const [key, entry] of this.#entries) {
      if (this.#cost <= this.#maxCost) return;
      this.#forget(key, entry);
    }
  }

  #forget(key: string, entry: Entry<Value>): void {
    if (this.#entries.get(key) !== entry) return;
    this.#entries.delete(key);
    this.#cost -= entry.cost;
  }
}
