import { createRequire } from "node:module";
import { MemoryStore, type Options } from "express-rate-limit";
import { RateLimiterMemory } from "rate-limiter-flexible";
import { createMemoryCounterStore } from "../../packages/gatewatch/src/state/counters/memory/create-memory-counter-store.ts";
import type { CountingAlgorithm } from "../../packages/gatewatch/src/state/counters/counter-store.ts";

export interface MemoryVariant {
  name: string;
  open(): { decide(key: string): unknown; close(): void };
}

interface FastifyStore {
  incr(key: string, done: () => void, windowMs: number, limit: number): void;
}
type OpenFastifyStore = new (continueExceeding: boolean, backoff: boolean, cache: number) => FastifyStore;

export const LIMIT = 1_000;
export const WINDOW_MS = 600_000;
export const KEYS = 100_000;

const nothing = (): void => undefined;

function ours(algorithm: CountingAlgorithm): MemoryVariant {
  return {
    name: `gatewatch ${algorithm}`,
    open() {
      const store = createMemoryCounterStore();
      const rule = { name: "bench", algorithm, limit: LIMIT, windowMs: WINDOW_MS, burst: LIMIT };
      return { decide: (key) => store.consume(rule, key, 1), close: nothing };
    },
  };
}

/** The same task: count one unit of a key in a window, and say whether it fits. */
export const MEMORY_VARIANTS: readonly MemoryVariant[] = [
  ours("sliding-window"),
  ours("token-bucket"),
  ours("fixed-window"),
  {
    name: "express-rate-limit MemoryStore",
    open() {
      const store = new MemoryStore();
      store.init({ windowMs: WINDOW_MS } as Options);
      return { decide: (key) => store.increment(key), close: () => store.shutdown() };
    },
  },
  {
    name: "rate-limiter-flexible memory",
    open() {
      const limiter = new RateLimiterMemory({ points: LIMIT, duration: WINDOW_MS / 1000 });
      // Its timers, one per key, would outlive the bench.
      return { decide: (key) => limiter.consume(key), close: nothing };
    },
  },
  {
    name: "@fastify/rate-limit LocalStore",
    open() {
      const Store = createRequire(import.meta.url)("@fastify/rate-limit/store/LocalStore.js") as OpenFastifyStore;
      const store = new Store(false, false, 2 * KEYS);
      return { decide: (key) => store.incr(key, nothing, WINDOW_MS, LIMIT), close: nothing };
    },
  },
];
