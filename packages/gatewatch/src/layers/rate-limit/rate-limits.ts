import { isIP } from "node:net";
import type { CounterRule, CounterStore, CounterVerdict, Eventually } from "../../state/counters/counter-store.ts";
import type { LimitPolicy, Policies } from "./compile-policies.ts";

/** How a key stands with one limit. */
export interface LimitState extends Omit<CounterVerdict, "remaining"> {
  /** Units per window; null when a function decides and this process has not asked it for the key lately. */
  readonly limit: number | null;
  /** Whole units that could be taken now; null when the limit is not known, and then `allowed` tells of blocks alone. */
  readonly remaining: number | null;
}

/**
 * What the app may do to counters. Keys are those of the layer: an address (IPv6 is folded to its prefix here), `user:<id>`,
 * `token:<digest>`, or what the key function gives. `policy` is `default`, a group or a route, as in the options.
 * With Redis every call reaches all processes, and rejects with a RedisError when Redis is away and nothing took its place.
 */
export interface RateLimits {
  /** Refuses the key everywhere for a time. */
  block(key: string, durationMs: number): Promise<void>;
  unblock(key: string): Promise<void>;
  /** Forgets what was counted; without a policy under all of them. */
  reset(key: string, policy?: string): Promise<void>;
  /** Counts more units, beyond the limit too. */
  penalty(key: string, units?: number, policy?: string): Promise<LimitState>;
  /** Gives units back, never more than were taken. */
  reward(key: string, units?: number, policy?: string): Promise<LimitState>;
  /** What one more unit would meet; takes nothing. */
  peek(key: string, policy?: string): Promise<LimitState>;
}

export function createRateLimits(
  store: CounterStore,
  policies: Policies,
  foldAddress: (address: string) => string,
): RateLimits {
  const toKey = (key: string): string => {
    if (typeof key !== "string" || key === "") throw new TypeError("key must be a text");
    return isIP(key) === 0 ? key : foldAddress(key);
  };
  const policyOf = (name: string | undefined): LimitPolicy => {
    const policy = name === undefined ? policies.byName.values().next().value : policies.byName.get(name);
    if (policy !== undefined) return policy;
    throw new TypeError(`There is no limit "${String(name)}"; there are ${[...policies.byName.keys()].join(", ")}.`);
  };
  const toUnits = (units: number): number => {
    if (Number.isInteger(units) && units >= 1) return units;
    throw new TypeError("units must be a whole number from 1");
  };
  const judge = async (name: string | undefined, key: string, ask: AskStore): Promise<LimitState> => {
    const policy = policyOf(name);
    const sized = policy.lastSizeOf(key);
    return toState(await ask((sized ?? policy.usual).rule), sized?.limit ?? null);
  };
  return {
    async block(key, durationMs) {
      if (!(durationMs > 0 && Number.isFinite(durationMs))) throw new TypeError("durationMs must be above 0");
      await store.block(toKey(key), durationMs);
    },
    unblock: async (key) => store.unblock(toKey(key)),
    async reset(key, policy) {
      const reached = policy === undefined ? policies.byName.values() : [policyOf(policy)];
      for (const { usual } of reached) await store.reset(usual.rule, toKey(key));
    },
    async penalty(key, units = 1, policy) {
      const folded = toKey(key);
      const more = toUnits(units);
      return judge(policy, folded, (rule) => store.adjust(rule, folded, more));
    },
    async reward(key, units = 1, policy) {
      const folded = toKey(key);
      const fewer = -toUnits(units);
      return judge(policy, folded, (rule) => store.adjust(rule, folded, fewer));
    },
    async peek(key, policy) {
      const folded = toKey(key);
      return judge(policy, folded, (rule) => store.peek(rule, folded));
    },
  };
}

type AskStore = (rule: CounterRule) => Eventually<CounterVerdict>;

function toState(verdict: CounterVerdict, limit: number | null): LimitState {
  if (verdict.blocked) return { ...verdict, limit };
  // What the store said of a limit of its own tells nothing of one that is not known, or that lets nobody pass.
  if (limit === null) return { ...verdict, limit, allowed: true, remaining: null, retryMs: 0 };
  if (limit === 0) return { ...verdict, limit, allowed: false, remaining: 0, retryMs: Number.POSITIVE_INFINITY };
  return { ...verdict, limit };
}
