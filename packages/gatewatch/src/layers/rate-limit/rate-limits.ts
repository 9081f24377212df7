import { isIP } from "node:net";
import type { CounterStore, CounterVerdict } from "../../state/counters/counter-store.ts";
import type { Policies } from "./compile-policies.ts";

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
  penalty(key: string, units?: number, policy?: string): Promise<CounterVerdict>;
  /** Gives units back, never more than were taken. */
  reward(key: string, units?: number, policy?: string): Promise<CounterVerdict>;
  /** What one more unit would meet; takes nothing. */
  peek(key: string, policy?: string): Promise<CounterVerdict>;
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
  const ruleOf = (name: string | undefined) => {
    const policy = name === undefined ? policies.byName.values().next().value : policies.byName.get(name);
    if (policy !== undefined) return policy.usual.rule;
    throw new TypeError(`There is no limit "${String(name)}"; there are ${[...policies.byName.keys()].join(", ")}.`);
  };
  const toUnits = (units: number): number => {
    if (Number.isInteger(units) && units >= 1) return units;
    throw new TypeError("units must be a whole number from 1");
  };
  return {
    async block(key, durationMs) {
      if (!(durationMs > 0 && Number.isFinite(durationMs))) throw new TypeError("durationMs must be above 0");
      await store.block(toKey(key), durationMs);
    },
    unblock: async (key) => store.unblock(toKey(key)),
    async reset(key, policy) {
      const rules = policy === undefined ? [...policies.byName.keys()].map((name) => ruleOf(name)) : [ruleOf(policy)];
      for (const rule of rules) await store.reset(rule, toKey(key));
    },
    penalty: async (key, units = 1, policy) => store.adjust(ruleOf(policy), toKey(key), toUnits(units)),
    reward: async (key, units = 1, policy) => store.adjust(ruleOf(policy), toKey(key), -toUnits(units)),
    peek: async (key, policy) => store.peek(ruleOf(policy), toKey(key)),
  };
}
