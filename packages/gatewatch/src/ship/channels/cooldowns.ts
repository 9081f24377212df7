const MAX_KEYS = 1_000;

interface Told<T> {
  untilMs: number;
  /** Held back since the last one that was let through. */
  more: number;
  /** The newest of them. */
  last: T | undefined;
}

/** Lets one of each kind through per span, and keeps count of the others. */
export class Cooldowns<T> {
  readonly #spanMs: number;
  readonly #told = new Map<string, Told<T>>();

  constructor(spanMs: number) {
    this.#spanMs = spanMs;
  }

  /** How many of the kind were held back since the last one; undefined: this one is held back too. */
  admit(key: string, item: T, nowMs: number): number | undefined {
    const before = this.#told.get(key);
    if (before !== undefined && nowMs < before.untilMs) {
      before.more += 1;
      before.last = item;
      return undefined;
    }
    this.#told.delete(key);
    if (this.#told.size >= MAX_KEYS) {
      const oldest = this.#told.keys().next();
      if (oldest.done !== true) this.#told.delete(oldest.value);
    }
    this.#told.set(key, { untilMs: nowMs + this.#spanMs, more: 0, last: undefined });
    return before?.more ?? 0;
  }

  /** Kinds that have come to rest with some of them untold: the newest of each, and how many besides. They are told once. */
  takeRested(nowMs: number): { last: T; more: number }[] {
    const rested: { last: T; more: number }[] = [];
    for (const told of this.#told.values()) {
      if (told.last === undefined || nowMs < told.untilMs + this.#spanMs) continue;
      rested.push({ last: told.last, more: told.more - 1 });
      told.more = 0;
      told.last = undefined;
    }
    return rested;
  }

  /** When the next kind comes to rest; undefined: nothing is held back. */
  nextRestMs(): number | undefined {
    let next: number | undefined;
    for (const { last, untilMs } of this.#told.values()) {
      if (last !== undefined) next = Math.min(next ?? Infinity, untilMs + this.#spanMs);
    }
    return next;
  }
}
