import type { GatewatchOptions } from "./create-gatewatch.ts";
import { ConfigError } from "./options/config-error.ts";
import { suggestName } from "./options/suggest-name.ts";

/** Parts of the gate by the names of a classic middleware stack; `enable_logging` and kin are understood as well. */
export interface MiddlewareStack {
  /** request-id and access-log. @default true */
  enableLogging?: boolean;
  /** timing and error-boundary. @default true */
  enableMonitoring?: boolean;
  /** security-headers. @default true */
  enableSecurity?: boolean;
  /** 100 requests an hour for each client address. @default true */
  enableRateLimiting?: boolean;
  /** A shared cache of what the app allows to be kept. @default true */
  enableCaching?: boolean;
  /** The app's own connected client: limits and cache are then shared by all processes. @default none */
  redis?: unknown;
}

type Switch = Exclude<keyof MiddlewareStack, "redis">;

const SWITCHES = [
  "enableLogging",
  "enableMonitoring",
  "enableSecurity",
  "enableRateLimiting",
  "enableCaching",
] as const satisfies readonly Switch[];
const NAMES = new Map<string, Switch | "redis">([
  ...SWITCHES.flatMap((name): [string, Switch][] => [
    [name, name],
    [toSnakeCase(name), name],
  ]),
  ["redis", "redis"],
]);

/**
 * Options for `gatewatch()` from a few switches, all on; spread the result to add to it. The order of the layers is the gate's own.
 * @throws ConfigError for a name that does not exist or a value that is no boolean.
 */
export function createMiddlewareStack(
  given: MiddlewareStack | Readonly<Record<string, unknown>> = {},
): GatewatchOptions {
  const { redis, ...on } = readSwitches(given);
  const store = redis === undefined ? "memory" : "redis";
  return {
    requestId: on.enableLogging,
    accessLog: on.enableLogging,
    timing: { enabled: on.enableMonitoring, processingTimeHeader: true },
    errorBoundary: on.enableMonitoring,
    securityHeaders: on.enableSecurity,
    rateLimit: { enabled: on.enableRateLimiting, limit: 100, windowMs: 3_600_000, store },
    cache: { enabled: on.enableCaching, store },
    compression: { thresholdBytes: 1000 },
    ...(redis === undefined ? {} : { redis }),
  };
}

function readSwitches(given: object): Required<Omit<MiddlewareStack, "redis">> & { redis?: unknown } {
  if (typeof given !== "object" || given === null) {
    throw new ConfigError("invalid_option", "options", "createMiddlewareStack() takes an object of switches.");
  }
  const read: Required<Omit<MiddlewareStack, "redis">> & { redis?: unknown } = {
    enableLogging: true,
    enableMonitoring: true,
    enableSecurity: true,
    enableRateLimiting: true,
    enableCaching: true,
  };
  for (const [name, value] of Object.entries(given)) {
    const known = NAMES.get(name);
    if (known === undefined) throw unknown(name);
    if (value === undefined || value === null) continue;
    if (known === "redis") read.redis = value;
    else if (typeof value === "boolean") read[known] = value;
    else {
      const found = JSON.stringify(value)?.slice(0, 80) ?? typeof value;
      throw new ConfigError("invalid_option", name, `${name} is ${found}; allowed is true or false.`);
    }
  }
  return read;
}

function unknown(name: string): ConfigError {
  const near = suggestName(name, NAMES.keys());
  const hint = near === undefined ? `Known are ${[...SWITCHES, "redis"].join(", ")}.` : `Did you mean ${near}?`;
  return new ConfigError("unknown_option", name, `The option ${name} does not exist. ${hint}`);
}

function toSnakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
