import { systemClock } from "./clock.ts";
import type { ShipperOptions, SpoolOptions } from "./shipper-options.ts";

const DEFAULTS = {
  maxQueueEvents: 10_000,
  maxQueueBytes: 16 * 1024 * 1024,
  maxBatchEvents: 500,
  maxBatchBytes: 512 * 1024,
  batchDelayMs: 1_000,
  errorDelayMs: 100,
  maxInFlight: 4,
  timeoutMs: 5_000,
  backoffMs: 500,
  maxBackoffMs: 30_000,
  clock: systemClock,
  random: Math.random,
} as const satisfies Partial<ShipperOptions>;
const SPOOL_DEFAULTS = {
  maxBytes: 64 * 1024 * 1024,
  maxFiles: 10_000,
  maxAgeMs: 86_400_000,
} as const satisfies Partial<SpoolOptions>;

/** Options with every default filled in; `spool` is undefined when events wait in memory only. */
export type ShipperSettings = ReturnType<typeof resolveShipperSettings>;

export function resolveShipperSettings(options: ShipperOptions) {
  const { spool, ...rest } = options;
  return {
    ...DEFAULTS,
    ...dropUndefined(rest),
    spool: spool === undefined || spool === false ? undefined : { ...SPOOL_DEFAULTS, ...dropUndefined(spool) },
  };
}

function dropUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T;
}
