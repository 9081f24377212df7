import type { EventQueue } from "./event-queue.ts";
import type { ShipperSettings } from "./shipper-settings.ts";

/** Whether enough waits for a whole batch. */
export function isBatchFull(queue: EventQueue, settings: ShipperSettings): boolean {
  return queue.size >= settings.maxBatchEvents || queue.bytes >= settings.maxBatchBytes;
}

/** When the next batch should leave (epoch milliseconds): 0 at once, `Infinity` while nothing waits. Errors wait less for company. */
export function whenDue(queue: EventQueue, settings: ShipperSettings): number {
  if (queue.size === 0) return Infinity;
  if (isBatchFull(queue, settings)) return 0;
  const plain = Math.min(queue.oldestAt("request") ?? Infinity, queue.oldestAt("other") ?? Infinity);
  return Math.min(plain + settings.batchDelayMs, (queue.oldestAt("error") ?? Infinity) + settings.errorDelayMs);
}
