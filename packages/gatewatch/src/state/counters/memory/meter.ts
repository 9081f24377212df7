import type { CounterRule, CounterVerdict } from "../counter-store.ts";

/** One way of counting, over an entry of a `KeyTable`. An entry whose end has come counts as fresh. */
export interface Meter {
  /** Numbers per entry, the table's own included. */
  readonly cells: number;
  /** Takes `cost` units if they are there; with `cost` 0 it only looks. */
  take(page: Float64Array, at: number, rule: CounterRule, cost: number, nowMs: number): CounterVerdict;
  /** Counts more or fewer, whatever the limit says. */
  shift(page: Float64Array, at: number, rule: CounterRule, amount: number, nowMs: number): void;
  /** Bytes beyond the entries. */
  readonly extraBytes: number;
}

export function admit(remaining: number, resetMs: number): CounterVerdict {
  return { allowed: true, remaining, resetMs, retryMs: 0, blocked: false };
}

export function refuse(remaining: number, resetMs: number, retryMs: number): CounterVerdict {
  return { allowed: false, remaining, resetMs, retryMs, blocked: false };
}
