import type { Attributes, ErrorEvent } from "@gatewatch/protocol";
import type { Exchange } from "./gate/exchange.ts";
import type { UserLogger } from "./layers/log/user-logger.ts";
import type { GivenSink } from "./open-sinks.ts";
import { ConfigError } from "./options/config-error.ts";
import type { ConfigOptions } from "./options/options.ts";
import { adaptRedisClient } from "./state/redis/adapt-redis-client.ts";
import type { RedisDriver } from "./state/redis/redis-driver.ts";

/** What only code can set. */
export interface CodeOnlyOptions {
  /** Receives the local log instead of standard output: pino, or anything with `info`, `warn` and `error`. */
  logger?: UserLogger;
  /** Adds keys to error events (`custom`); must be quick and must not wait. */
  enrich?: (event: ErrorEvent, exchange: Exchange | undefined, error: unknown) => Attributes | undefined | void;
  /** Further destinations of events, or functions that take each event; what they see of addresses follows `clientAddress`. */
  sinks?: readonly GivenSink[];
  /** A connected client of ioredis, iovalkey or node-redis, for limits and caches that several processes share; it is never closed here. */
  redis?: unknown;
}

/** What is left for the table of options. */
export function dropCodeOnly({
  logger: _logger,
  enrich: _enrich,
  sinks: _sinks,
  redis: _redis,
  ...config
}: ConfigOptions & CodeOnlyOptions): ConfigOptions {
  return config;
}

/** @throws ConfigError for what cannot be used as it is meant. */
export function checkCodeOnly({ logger, enrich, sinks }: CodeOnlyOptions): void {
  const refuse = (option: string, message: string): never => {
    throw new ConfigError("invalid_option", option, message);
  };
  if (logger !== undefined && !["info", "warn", "error"].every((name) => isMethod(logger, name))) {
    refuse("logger", "logger must have the functions info, warn and error.");
  }
  if (enrich !== undefined && typeof enrich !== "function") {
    refuse("enrich", "enrich must be a function (event, exchange, error) => object.");
  }
  if (sinks !== undefined && !(Array.isArray(sinks) && sinks.every(isSink))) {
    refuse("sinks", "sinks must be a list of functions, or of objects with push, flush, close and stats.");
  }
}

/** The user's client by the calls that are made of it. @throws ConfigError for what is no client. */
export function parseRedis(client: unknown): RedisDriver | undefined {
  if (client === undefined) return undefined;
  try {
    return adaptRedisClient(client);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new ConfigError("invalid_option", "redis", `redis must be your own connected client: ${error.message}.`);
  }
}

function isSink(value: unknown): boolean {
  return typeof value === "function" || ["push", "flush", "close", "stats"].every((name) => isMethod(value, name));
}

function isMethod(target: unknown, name: string): boolean {
  const isHolder = (typeof target === "object" && target !== null) || typeof target === "function";
  return isHolder && typeof Reflect.get(target, name) === "function";
}
