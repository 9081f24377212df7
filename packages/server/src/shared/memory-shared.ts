import type { Clock } from "../model/clock.ts";
import type { Shared } from "../model/shared.ts";

interface Bucket {
  tokens: number;
  updatedAt: number;
}

const MAX_BUCKETS = 50_000;

/** `Shared` for one machine: everything in this process's memory, bounded. */
export function createMemoryShared(clock: Clock = Date.now): Shared {
  const buckets = new Map<string, Bucket>();
  const leases = new Map<string, number>();
  const listeners = new Map<string, Set<(message: unknown) => void>>();

  return {
    async takeTokens(key, cost, capacity, perSecond) {
      const now = clock();
      const bucket = buckets.get(key) ?? { tokens: capacity, updatedAt: now };
      const elapsedMs = Math.max(0, now - bucket.updatedAt);
      const tokens = Math.min(capacity, bucket.tokens + (elapsedMs * perSecond) / 1000);
      // Re-inserted at the end: the map's order is the order of last use, so that the idlest bucket is dropped first.
      buckets.delete(key);
      if (buckets.size >= MAX_BUCKETS) {
        const oldest = buckets.keys().next().value;
        if (oldest !== undefined) buckets.delete(oldest);
      }
      const granted = tokens >= cost;
      const left = granted ? tokens - cost : tokens;
      buckets.set(key, { tokens: left, updatedAt: now });
      if (granted) return { ok: true, left };
      return {
        ok: false,
        retryAfterMs: Math.max(1, Math.ceil(((Math.min(cost, capacity) - tokens) / perSecond) * 1000)),
      };
    },

    async withLock(key, leaseMs, work) {
      const now = clock();
      const heldUntil = leases.get(key);
      if (heldUntil !== undefined && heldUntil > now) return undefined;
      const until = now + leaseMs;
      leases.set(key, until);
      try {
        return await work();
      } finally {
        if (leases.get(key) === until) leases.delete(key);
      }
    },

    publish(topic, message) {
      for (const listener of listeners.get(topic) ?? []) listener(message);
    },

    subscribe(topic, listener) {
      let set = listeners.get(topic);
      if (set === undefined) listeners.set(topic, (set = new Set()));
      set.add(listener);
      return () => {
        set.delete(listener);
        if (set.size === 0) listeners.delete(topic);
      };
    },

    async close() {
      buckets.clear();
      leases.clear();
      listeners.clear();
    },
  };
}
