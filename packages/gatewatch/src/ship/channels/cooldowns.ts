const MAX_KEYS = 1_000;

/** Lets one of each kind through per span, and counts the others. */
export class Cooldowns {
  readonly #spanMs: number;
  readonly #told = new Map<string, { untilMs: number; more: number }>();

  constructor(spanMs: number) {
    this.#spanMs = spanMs;
  }

  /** How many of the kind were held back since the last one; undefined: this one is held back too. */
  admit(key: string, nowMs: number): number | undefined {
    const before = this.#told.get(key);
    if (before !== undefined && nowMs < before.untilMs) {
      before.more += 1;
      return undefined;
    }
    this.#told.delete(key);
    if (this.#told.size >= MAX_KEYS) {
      const oldest = this.#told.keys().next();
      if (oldest.done !== true) this.#told.delete(oldest.value);
    }
    this.#told.set(key, { untilMs: nowMs + this.#spanMs, more: 0 });
    return before?.more ?? 0;
  }
}
