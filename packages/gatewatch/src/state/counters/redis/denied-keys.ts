import type { CounterVerdict } from "../counter-store.ts";

/** Longer refusals are asked about again, so that an `unblock` elsewhere is heard of. */
const MAX_KEPT_MS = 10_000;
const MAX_KEYS = 10_000;
/** Half a microsecond: sums of fractions of a millisecond are not exact, and an end must not be missed. */
const SLACK_MS = 0.0005;

interface Denial {
  verdict: CounterVerdict;
  sinceMs: number;
  untilMs: number;
  cost: number;
}

/** Refusals that Redis has spoken: until they end, the same call needs no second opinion. Losing one costs a round trip, no more. */
export class DeniedKeys {
  readonly #denials = new Map<string, Denial>();

  get size(): number {
    return this.#denials.size;
  }

  keep(key: string, verdict: CounterVerdict, cost: number, nowMs: number): void {
    if (this.#denials.size >= MAX_KEYS) {
      const [oldest] = this.#denials.keys();
      this.#denials.delete(oldest!);
    }
    const untilMs = nowMs + Math.min(verdict.retryMs, MAX_KEPT_MS) - SLACK_MS;
    this.#denials.set(key, { verdict, sinceMs: nowMs, untilMs, cost });
  }

  /** The refusal that still stands for this call. */
  find(key: string, cost: number, nowMs: number): CounterVerdict | undefined {
    const denial = this.#denials.get(key);
    if (denial === undefined) return undefined;
    if (denial.untilMs <= nowMs) {
      this.#denials.delete(key);
      return undefined;
    }
    if (cost < denial.cost && !denial.verdict.blocked) return undefined;
    const { verdict, sinceMs } = denial;
    const passedMs = nowMs - sinceMs;
    return {
      ...verdict,
      resetMs: Math.max(0, verdict.resetMs - passedMs),
      retryMs: verdict.retryMs - passedMs,
    };
  }

  forget(key: string): void {
    this.#denials.delete(key);
  }

  clear(): void {
    this.#denials.clear();
  }
}
