import type { RollupPart, RollupTable } from "../../model/rollup.ts";
import type { Span } from "./resolve-span.ts";

const MINUTE_MS = 60_000;
const FIVE_MINUTES_MS = 5 * MINUTE_MS;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
export const MAX_BUCKETS = 600;
/** Steps that people can read off an axis. */
const STEPS_MS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 14_400].map((m) => m * MINUTE_MS);

/** How far back each resolution reaches, with an hour's grace between two rounds of retention. */
const MINUTES_KEPT_MS = 14 * DAY_MS + HOUR_MS;
const ROUTE_MINUTES_KEPT_MS = 2 * DAY_MS;
const HOURS_KEPT_MS = 90 * DAY_MS;
/** Cells that one drawing may cost: five days of five minutes, two months of hours. */
const MAX_CELLS = 1500;

interface Resolution {
  table: RollupTable;
  cellMs: number;
}

/**
 * How to draw a span in at most `maxBuckets` buckets: their length, a readable one, and the coarsest table whose cells
 * make such buckets up. The finer the cells the more of them have to be read, for the same points.
 */
export function chooseDrawing(
  span: Span,
  now: number,
  byRoute: boolean,
  maxBuckets?: number,
): Resolution & { stepMs: number } {
  const resolutions = listResolutions(span, now, byRoute);
  const isFair = ({ cellMs }: Resolution) => (span.to - span.from) / cellMs <= MAX_CELLS;
  const draw = (finest: Resolution) => {
    const stepMs = chooseStepMs(span, finest.cellMs, maxBuckets);
    return { ...resolutions.findLast(({ cellMs }) => stepMs % cellMs === 0)!, stepMs };
  };
  return resolutions.map(draw).find(isFair) ?? draw(resolutions.at(-1)!);
}

/** Tables that hold the whole span, finest first. */
export function listResolutions(span: Span, now: number, byRoute: boolean): Resolution[] {
  const age = now - span.from;
  const resolutions: Resolution[] = [{ table: byRoute ? "day_route" : "day", cellMs: DAY_MS }];
  if (age <= HOURS_KEPT_MS) resolutions.unshift({ table: byRoute ? "hour_route" : "hour", cellMs: HOUR_MS });
  if (age <= (byRoute ? ROUTE_MINUTES_KEPT_MS : MINUTES_KEPT_MS))
    resolutions.unshift(
      { table: byRoute ? "minute_route" : "minute", cellMs: MINUTE_MS },
      { table: byRoute ? "five_minute_route" : "five_minute", cellMs: FIVE_MINUTES_MS },
    );
  return resolutions;
}

/** Where to read sums: each stretch from the longest cells that fit into it, the ragged ends from shorter ones; exact to the finest. */
export function planParts(span: Span, now: number, byRoute: boolean): RollupPart[] {
  const resolutions = listResolutions(span, now, byRoute);
  return cut(floorTo(span.from, resolutions[0]!.cellMs), span.to, resolutions);
}

function cut(from: number, to: number, [fine, ...coarser]: Resolution[]): RollupPart[] {
  const { table } = fine!;
  const cellMs = coarser[0]?.cellMs ?? Number.POSITIVE_INFINITY;
  const first = Math.ceil(from / cellMs) * cellMs;
  const last = floorTo(to, cellMs);
  if (!(last > first)) return [{ table, from, to }];
  const parts = [{ table, from, to: first }, ...cut(first, last, coarser), { table, from: last, to }];
  return parts.filter((part) => part.to > part.from);
}

/** The span moved back to whole cells of its finest table, at least one of them: so that spans of one length are compared alike. */
export function floorSpan(span: Span, now: number, byRoute: boolean): Span {
  const { cellMs } = listResolutions(span, now, byRoute)[0]!;
  const from = floorTo(span.from, cellMs);
  return { from, to: Math.max(floorTo(span.to, cellMs), from + cellMs) };
}

/** Bucket length for at most `maxBuckets` buckets: a readable multiple of the cells' own length. */
function chooseStepMs(span: Span, cellMs: number, maxBuckets = MAX_BUCKETS): number {
  // One more for the bucket that the start is rounded down into.
  const least = (span.to - span.from) / (maxBuckets - 1);
  const step = STEPS_MS.find((candidate) => candidate >= least && candidate % cellMs === 0);
  return step ?? Math.ceil(least / DAY_MS) * DAY_MS;
}

function floorTo(time: number, stepMs: number): number {
  return Math.floor(time / stepMs) * stepMs;
}
