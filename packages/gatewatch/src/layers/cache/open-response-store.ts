import type { Clock } from "../../gate/clock.ts";
import type { WriteNotice } from "../../gate/notices.ts";
import { ConfigError } from "../../options/config-error.ts";
import type { CacheOptions } from "../../options/groups/cache.ts";
import { MemoryResponseStore } from "../../state/memory-response-store.ts";
import { createRedisPort } from "../../state/redis/create-redis-port.ts";
import type { RedisDriver } from "../../state/redis/redis-driver.ts";
import { RedisResponseStore } from "../../state/redis-response-store.ts";
import type { ResponseStore } from "../../state/response-store.ts";

/** A process that dies frees the others within this time. */
const LEASE_MS = 900;

/**
 * @param shared stores that are open already; one with the same bounds is used again.
 * @throws ConfigError when answers are to be kept in Redis and none was given.
 */
export function openResponseStore(
  options: CacheOptions,
  clock: Clock,
  redis: RedisDriver | undefined,
  notice: WriteNotice = () => undefined,
  shared = new Map<string, ResponseStore>(),
): ResponseStore {
  const { store, maxBytes, maxEntries, maxVariants, redisPrefix, redisTimeoutMs } = options;
  const bounds = store === "memory" ? [maxBytes, maxEntries, maxVariants] : [redisPrefix, redisTimeoutMs, maxVariants];
  const key = JSON.stringify([store, ...bounds]);
  const known = shared.get(key);
  if (known !== undefined) return known;
  const opened = openOwnStore(options, clock, redis, notice);
  shared.set(key, opened);
  return opened;
}

function openOwnStore(
  options: CacheOptions,
  clock: Clock,
  redis: RedisDriver | undefined,
  notice: WriteNotice,
): ResponseStore {
  const { store, maxBytes, maxEntries, maxVariants, redisPrefix, redisTimeoutMs } = options;
  if (store === "memory") return new MemoryResponseStore({ maxBytes, maxEntries, maxVariants, clock });
  if (redis === undefined) {
    const message = 'cache.store is "redis", but there is no client: hand over your own connected one as `redis`.';
    throw new ConfigError("invalid_option", "cache.store", message);
  }
  const port = createRedisPort(redis, {
    deadlineMs: redisTimeoutMs,
    clock,
    onChange: (isUp, reason) =>
      notice({
        level: isUp ? "info" : "warn",
        code: isUp ? "cache_store_back" : "cache_store_away",
        message: isUp ? "cache: Redis answers again" : `cache: Redis is away, the app answers without it (${reason})`,
      }),
  });
  return new RedisResponseStore({ port, prefix: redisPrefix, maxVariants, leaseMs: LEASE_MS });
}
