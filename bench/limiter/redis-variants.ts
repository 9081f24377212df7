import { createRequire } from "node:module";
import { Redis } from "ioredis";
import { RateLimiterRedis } from "rate-limiter-flexible";
import type { CountingAlgorithm } from "../../packages/gatewatch/src/state/counters/counter-store.ts";
import { createRedisCounterStore } from "../../packages/gatewatch/src/state/counters/redis/create-redis-counter-store.ts";
import { adaptRedisClient } from "../../packages/gatewatch/src/state/redis/adapt-redis-client.ts";
import { createRedisPort } from "../../packages/gatewatch/src/state/redis/create-redis-port.ts";
import { LIMIT, WINDOW_MS } from "./memory-variants.ts";

export interface RedisVariant {
  name: string;
  open(url: string): Promise<{ decide(key: string): unknown; close(): void }>;
}

interface FastifyStore {
  incr(key: string, done: (error: unknown) => void, windowMs: number, limit: number): void;
}
type OpenFastifyStore = new (
  continueExceeding: boolean,
  backoff: boolean,
  redis: Redis,
  prefix: string,
) => FastifyStore;

function count(client: unknown, algorithm: CountingAlgorithm, prefix: string) {
  const port = createRedisPort(adaptRedisClient(client), { deadlineMs: 5_000 });
  const store = createRedisCounterStore(port, { prefix });
  const rule = { name: "bench", algorithm, limit: LIMIT, windowMs: WINDOW_MS, burst: LIMIT };
  return (key: string) => store.consume(rule, key, 1);
}

async function connect(url: string): Promise<Redis> {
  const redis = new Redis(url);
  await redis.ping();
  return redis;
}

function oursByIoredis(algorithm: CountingAlgorithm): RedisVariant {
  return {
    name: `gatewatch ${algorithm}, ioredis`,
    async open(url) {
      const redis = await connect(url);
      return { decide: count(redis, algorithm, `gw-${algorithm}:`), close: () => redis.disconnect() };
    },
  };
}

export const REDIS_VARIANTS: readonly RedisVariant[] = [
  oursByIoredis("sliding-window"),
  oursByIoredis("token-bucket"),
  {
    name: "rate-limiter-flexible, ioredis",
    async open(url) {
      const storeClient = await connect(url);
      const limiter = new RateLimiterRedis({
        storeClient,
        points: LIMIT,
        duration: WINDOW_MS / 1000,
        keyPrefix: "rlf",
      });
      return { decide: (key) => limiter.consume(key), close: () => storeClient.disconnect() };
    },
  },
  {
    name: "@fastify/rate-limit RedisStore, ioredis",
    async open(url) {
      const redis = await connect(url);
      const Store = createRequire(import.meta.url)("@fastify/rate-limit/store/RedisStore.js") as OpenFastifyStore;
      const store = new Store(false, false, redis, "frl:");
      const decide = (key: string): Promise<void> =>
        new Promise((resolve, reject) => {
          store.incr(key, (error) => (error ? reject(error as Error) : resolve()), WINDOW_MS, LIMIT);
        });
      return { decide, close: () => redis.disconnect() };
    },
  },
  {
    name: "bare INCR, ioredis",
    async open(url) {
      const redis = await connect(url);
      return { decide: (key) => redis.incr(key), close: () => redis.disconnect() };
    },
  },
];
