import type { RollupPart, RollupTable } from "../../model/rollup.ts";
import type { Span } from "./resolve-span.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
export const MAX_BUCKETS = 600;
/** Steps that people can read off an axis. */
const STEPS_MS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 14_400].map((m) => m * MINUTE_MS);

/** How far back each resolution reaches, with an hour's grace between two rounds of retention. */
const MINUTES_KEPT_MS = 14 * DAY_MS + HOUR_MS;
const ROUTE_MINUTES_KEPT_MS = 2 * DAY_MS;
const HOURS_KEPT_MS = 90 * DAY_MS;
/** Longer spans are drawn from hours: minutes would be sixty times the cells for points that nobody can tell apart. */
const MINUTES_DRAWN_MS = 2 * DAY_MS;

interface Resolution {
  table: RollupTable;
  cellMs: number;
}

/** The finest table that still holds the whole span at a fair number of cells, and the length of these. */
export function chooseTable(span: Span, now: number, byRoute: boolean): Resolution {
  const resolutions = listResolutions(span, now, byRoute);
  const tooMany = span.to - span.from > MINUTES_DRAWN_MS && resolutions[0]!.cellMs === MINUTE_MS;
  return tooMany ? resolutions[1]! : resolutions[0]!;
}

/** Tables that hold the whole span, finest first. */
function listResolutions(span: Span, now: number, byRoute: boolean): Resolution[] {
  const age = now - span.from;
  const resolutions: Resolution[] = [{ table: byRoute ? "day_route" : "day", cellMs: DAY_MS }];
  if (age <= HOURS_KEPT_MS) resolutions.unshift({ table: byRoute ? "hour_route" : "hour", cellMs: HOUR_MS });
  if (age <= (byRoute ? ROUTE_MINUTES_KEPT_MS : MINUTES_KEPT_MS))
    resolutions.unshift({ table: byRoute ? "minute_route" : "minute", cellMs: MINUTE_MS });
  return resolutions;
}

/** Whole hours or days from a coarse table, the ragged ends from the finest: for sums, exact at a fraction of the cells. */
export function planParts(span: Span, now: number, byRoute: boolean): RollupPart[] {
  const [fine, coarse] = listResolutions(span, now, byRoute) as [Resolution, Resolution?];
  const from = floorTo(span.from, fine.cellMs);
  const whole = { table: fine.table, from, to: span.to };
  if (coarse === undefined) return [whole];
  const first = Math.ceil(from / coarse.cellMs) * coarse.cellMs;
  const last = floorTo(span.to, coarse.cellMs);
  // Below three whole cells the cut costs more questions than it saves cells.
  if (last - first < 3 * coarse.cellMs) return [whole];
  const parts: RollupPart[] = [
    { table: fine.table, from, to: first },
    { table: coarse.table, from: first, to: last },
    { table: fine.table, from: last, to: span.to },
  ];
  return parts.filter((part) => part.to > part.from);
}

/** The span moved back to whole cells of its finest table, at least one of them: so that spans of one length are compared alike. */
export function floorSpan(span: Span, now: number, byRoute: boolean): Span {
  const { cellMs } = listResolutions(span, now, byRoute)[0]!;
  const from = floorTo(span.from, cellMs);
  return { from, to: Math.max(floorTo(span.to, cellMs), from + cellMs) };
}

/** Bucket length for at most `maxBuckets` buckets: a readable multiple of the cells' own length. */
export function chooseStepMs(span: Span, cellMs: number, maxBuckets = MAX_BUCKETS): number {
  // One more for the bucket that the start is rounded down into.
  const least = (span.to - span.from) / (maxBuckets - 1);
  const step = STEPS_MS.find((candidate) => candidate >= least && candidate % cellMs === 0);
  return step ?? Math.ceil(least / DAY_MS) * DAY_MS;
}

function floorTo(time: number, stepMs: number): number {
  return Math.floor(time / stepMs) * stepMs;
}
