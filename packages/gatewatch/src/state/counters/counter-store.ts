export const COUNTING_ALGORITHMS = ["fixed-window", "sliding-window", "sliding-log", "token-bucket"] as const;

/**
 * What each promises for a limit L in a window W:
 * - `fixed-window`: at most L in each window that begins with its first hit, hence up to 2 L around a window's edge.
 * - `sliding-window`: at most L in any window; hits are kept in steps of W/20, so that room may come back up to one step late.
 * - `sliding-log`: at most L in any window, exactly; keeps every hit.
 * - `token-bucket`: at most burst + L/W · T in any time T (GCRA).
 */
export type CountingAlgorithm = (typeof COUNTING_ALGORITHMS)[number];

/** What is counted together, and how much of it is allowed. Made once and kept: stores may know it by identity. */
export interface CounterRule {
  /** Tells this rule's counters from those of others. */
  readonly name: string;
  readonly algorithm: CountingAlgorithm;
  /** Units per window, at least 1. */
  readonly limit: number;
  readonly windowMs: number;
  /** Units that a full bucket holds; only the token bucket reads it. */
  readonly burst: number;
}

export interface CounterVerdict {
  readonly allowed: boolean;
  /** Whole units that could be taken now. */
  readonly remaining: number;
  /** Milliseconds until nothing is counted any more. */
  readonly resetMs: number;
  /** Milliseconds until the same call would pass if nobody else took anything; 0 when allowed, Infinity when it never will. */
  readonly retryMs: number;
  /** The key is on the list of blocked ones. */
  readonly blocked: boolean;
}

export type Eventually<T> = T | Promise<T>;

/** Counts what keys take. Memory answers at once, Redis by a promise that settles within its deadline. */
export interface CounterStore {
  /** Takes `cost` units (a whole number from 1) if all of them are there; a refusal takes nothing. */
  consume(rule: CounterRule, key: string, cost: number): Eventually<CounterVerdict>;
  /** What `consume` of one unit would say. */
  peek(rule: CounterRule, key: string): Eventually<CounterVerdict>;
  /** Counts `amount` units more, beyond the limit too (a penalty), or fewer, never below nothing (a reward). */
  adjust(rule: CounterRule, key: string, amount: number): Eventually<CounterVerdict>;
  /** Forgets what the rule has counted for a key. */
  reset(rule: CounterRule, key: string): Eventually<void>;
  /** Refuses a key under every rule for a time. */
  block(key: string, durationMs: number): Eventually<void>;
  unblock(key: string): Eventually<void>;
  stats(): Readonly<Record<string, number>>;
}
