import type { CounterRule, CounterVerdict } from "../counter-store.ts";
import type { KeyTable } from "./key-table.ts";

/** One way of counting, over the entry that a `KeyTable` has come to, in whole microseconds, whose sums are exact. An entry whose end has come counts as fresh. */
export interface Meter {
  /** Numbers per entry, the table's own included. */
  readonly cells: number;
  /** Takes `cost` units if they are there; with `cost` 0 it only looks. */
  take(table: KeyTable, rule: CounterRule, cost: number, nowUs: number): CounterVerdict;
  /** Counts more or fewer, whatever the limit says. */
  shift(table: KeyTable, rule: CounterRule, amount: number, nowUs: number): void;
  /** Bytes beyond the entries. */
  readonly extraBytes: number;
}

export function admit(remaining: number, resetUs: number): CounterVerdict {
  return { allowed: true, remaining, resetMs: resetUs / 1000, retryMs: 0, blocked: false };
}

export function refuse(remaining: number, resetUs: number, retryUs: number): CounterVerdict {
  return { allowed: false, remaining, resetMs: resetUs / 1000, retryMs: retryUs / 1000, blocked: false };
}
