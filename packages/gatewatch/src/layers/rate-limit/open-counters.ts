import type { Clock } from "../../gate/clock.ts";
import type { WriteNotice } from "../../gate/notices.ts";
import { ConfigError } from "../../options/config-error.ts";
import type { RateLimitOptions } from "../../options/groups/rate-limit.ts";
import type { CounterStore } from "../../state/counters/counter-store.ts";
import { createInsuredCounterStore } from "../../state/counters/create-insured-counter-store.ts";
import { createMemoryCounterStore } from "../../state/counters/memory/create-memory-counter-store.ts";
import { createRedisCounterStore } from "../../state/counters/redis/create-redis-counter-store.ts";
import { createRedisPort } from "../../state/redis/create-redis-port.ts";
import type { RedisDriver } from "../../state/redis/redis-driver.ts";

export interface CounterPorts {
  clock: Clock;
  notice: WriteNotice;
  redis: RedisDriver | undefined;
}

/** The store that the options ask for. Only with `failMode` open or closed may its calls reject. @throws ConfigError without a Redis client */
export function openCounters(options: RateLimitOptions, { clock, notice, redis }: CounterPorts): CounterStore {
  const { maxKeys, redisPrefix, redisTimeoutMs, failMode, localShare } = options;
  if (options.store === "memory") return createMemoryCounterStore({ maxKeys, clock });
  if (redis === undefined) {
    const message =
      'rateLimit.store is "redis", but there is no client: give your own connected one as the option redis, by code.';
    throw new ConfigError("invalid_option", "rateLimit.store", message);
  }
  const port = createRedisPort(redis, {
    deadlineMs: redisTimeoutMs,
    clock,
    onChange: (isUp, reason) =>
      notice({
        level: isUp ? "info" : "warn",
        code: isUp ? "limit_store_back" : "limit_store_away",
        message: isUp ? "rate limits are counted on Redis again" : `rate limits: ${reason}; ${INSTEAD[failMode]}`,
      }),
  });
  const shared = createRedisCounterStore(port, { prefix: redisPrefix, clock });
  if (failMode !== "local") return shared;
  const local = createMemoryCounterStore({ maxKeys, clock });
  return createInsuredCounterStore(shared, local, { isUp: () => port.isUp(), share: localShare });
}

const INSTEAD = {
  local: "until it is back, each process counts for itself",
  open: "until it is back, nothing is limited (failMode: open)",
  closed: "until it is back, requests are answered 503 (failMode: closed)",
} as const;
