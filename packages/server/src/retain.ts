import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "./log.ts";
import { readRetention } from "./model/changed-settings.ts";
import type { Clock } from "./model/clock.ts";
import type { RetentionPolicy, Store } from "./model/store.ts";

const EVERY_MS = 10 * 60_000;

/** Applies the retention now and every ten minutes until the signal; a failure is logged and tried again. */
export async function retainForever(
  store: Store,
  defaults: RetentionPolicy,
  clock: Clock,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const policy = await readRetention(store, defaults);
      const { droppedDays, deletedRows } = await store.maintenance.applyRetention(policy, clock());
      if (droppedDays.length > 0 || deletedRows > 0) log("info", "Old data was removed.", { droppedDays, deletedRows });
    } catch (error) {
      if (!signal.aborted) log("error", "Old data could not be removed; trying again in ten minutes.", { error });
    }
    await delay(EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
