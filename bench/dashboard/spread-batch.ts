import { stampBatch, type PreparedBatch } from "../support/make-batches.ts";

const T0 = '"t0":';

/** A batch of request columns under an id of its own whose first event lies at `time`; all times have 13 digits. */
export function stampBatchAt(batch: PreparedBatch, time: number): Buffer {
  const copy = stampBatch(batch);
  const at = copy.indexOf(T0);
  if (at === -1) throw new Error("only batches of request columns can be moved in time");
  copy.write(String(time), at + T0.length, "latin1");
  return copy;
}

const DAY_MS = 86_400_000;
/** Of the events, the part that lies within the last day; the others lie within the 13 days before it. */
const SHARE_OF_LAST_DAY = 0.6;

/** Where in the last 14 days the event at `share` (0 to 1) of all lies: oldest first, as they would have arrived. */
export function placeInTime(share: number, now: number): number {
  const older = 1 - SHARE_OF_LAST_DAY;
  const age = share < older ? DAY_MS + (1 - share / older) * 13 * DAY_MS : ((1 - share) / SHARE_OF_LAST_DAY) * DAY_MS;
  return Math.round(now - age);
}
