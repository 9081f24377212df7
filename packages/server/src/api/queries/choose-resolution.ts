import type { RollupTable } from "../../model/rollup.ts";
import type { Span } from "./resolve-span.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
export const MAX_BUCKETS = 600;
/** Steps that people can read off an axis. */
const STEPS_MS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 14_400].map((m) => m * MINUTE_MS);

/** The finest table that still holds the whole span, and the length of its cells. */
export function chooseTable(span: Span, now: number, byRoute: boolean): { table: RollupTable; cellMs: number } {
  const age = now - span.from;
  if (!byRoute)
    return age <= 14 * DAY_MS + HOUR_MS ? { table: "minute", cellMs: MINUTE_MS } : { table: "day", cellMs: DAY_MS };
  if (age <= 2 * DAY_MS) return { table: "minute_route", cellMs: MINUTE_MS };
  if (age <= 90 * DAY_MS) return { table: "hour_route", cellMs: HOUR_MS };
  return { table: "day_route", cellMs: DAY_MS };
}

/** Bucket length for at most `maxBuckets` buckets: a readable multiple of the cells' own length. */
export function chooseStepMs(span: Span, cellMs: number, maxBuckets = MAX_BUCKETS): number {
  // One more for the bucket that the start is rounded down into.
  const least = (span.to - span.from) / (maxBuckets - 1);
  const step = STEPS_MS.find((candidate) => candidate >= least && candidate % cellMs === 0);
  return step ?? Math.ceil(least / DAY_MS) * DAY_MS;
}
