import type { SeriesKind } from "@gatewatch/detect";
import type { Measure } from "@gatewatch/protocol";
import type { RollupCell } from "../model/rollup.ts";
import { Sketch } from "../model/sketch.ts";

export const MINUTE_MS = 60_000;

/** The law of each measure. */
export const MEASURE_KINDS: Readonly<Record<Measure, SeriesKind>> = {
  requests: "count",
  errorRate: "ratio",
  p50: "duration",
  p95: "duration",
  p99: "duration",
};

/** Fewer requests than this say nothing of a quantile. */
const QUANTILES = [
  { measure: "p50", q: 0.5, least: 5 },
  { measure: "p95", q: 0.95, least: 20 },
  { measure: "p99", q: 0.99, least: 100 },
] as const;

export interface MinutePoint {
  measure: Measure;
  /** Durations in milliseconds. */
  value: number;
  weight: number;
}

/** What one minute of a project or of a route says of each measure; a silent minute says that there were no requests, and nothing else. */
export function measureMinute(
  cell: Pick<RollupCell, "count" | "errors" | "maxUs" | "sketch"> | undefined,
): MinutePoint[] {
  const count = cell?.count ?? 0;
  const points: MinutePoint[] = [{ measure: "requests", value: count, weight: 1 }];
  if (cell === undefined || count === 0) return points;
  points.push({ measure: "errorRate", value: cell.errors / count, weight: count });
  if (count < QUANTILES[0].least) return points;
  const sketch = Sketch.parse(cell.sketch);
  for (const { measure, q, least } of QUANTILES) {
    // Of requests that nobody has timed it holds none.
    if (sketch.count < least) break;
    points.push({ measure, value: Math.min(sketch.quantile(q), cell.maxUs) / 1000, weight: sketch.count });
  }
  return points;
}
