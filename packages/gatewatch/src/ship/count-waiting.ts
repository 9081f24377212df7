import type { Batch } from "./batch.ts";

/** How many events, and bytes of JSON, these batches hold in memory. */
export function countWaiting(batches: readonly Batch[]): { events: number; bytes: number } {
  let events = 0;
  let bytes = 0;
  for (const batch of batches) {
    events += batch.events;
    bytes += batch.json.length;
  }
  return { events, bytes };
}
