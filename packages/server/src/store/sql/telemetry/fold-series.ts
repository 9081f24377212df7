import type { RollupSeries, SeriesQuestion } from "../../../model/rollup.ts";
import { Sketch } from "../../../model/sketch.ts";

/** What a fold needs of a cell, as the tables name it. */
export interface CellRow {
  time: number;
  count: number;
  errors: number;
  client_errors: number;
  max_us: number;
  sketch: Uint8Array;
}

/** Sums cells into buckets, whatever their order; rows of one cell may come apart. */
export function foldSeries(
  rows: readonly CellRow[],
  { from, stepMs, buckets }: Pick<SeriesQuestion, "from" | "stepMs" | "buckets">,
): RollupSeries {
  const numbers = () => Array.from({ length: buckets }, () => 0);
  const nothing = () => Array.from<unknown, number | null>({ length: buckets }, () => null);
  const series: RollupSeries = {
    count: numbers(),
    errors: numbers(),
    clientErrors: numbers(),
    p50Us: nothing(),
    p95Us: nothing(),
    p99Us: nothing(),
    maxUs: nothing(),
    wholeP95Us: null,
  };
  const sketches = new Map<number, Sketch>();
  for (const row of rows) {
    const at = Math.floor((row.time - from) / stepMs);
    if (at < 0 || at >= buckets) continue;
    series.count[at]! += row.count;
    series.errors[at]! += row.errors;
    series.clientErrors[at]! += row.client_errors;
    series.maxUs[at] = Math.max(series.maxUs[at] ?? 0, row.max_us);
    let sketch = sketches.get(at);
    if (!sketch) sketches.set(at, (sketch = new Sketch()));
    sketch.mergeBytes(row.sketch);
  }
  const whole = new Sketch();
  let wholeMaxUs = 0;
  for (const [at, sketch] of sketches) {
    // Requests that nobody has timed have no quantiles.
    if (sketch.count === 0) continue;
    const maxUs = series.maxUs[at]!;
    series.p50Us[at] = quantileUs(sketch, 0.5, maxUs);
    series.p95Us[at] = quantileUs(sketch, 0.95, maxUs);
    series.p99Us[at] = quantileUs(sketch, 0.99, maxUs);
    whole.merge(sketch);
    wholeMaxUs = Math.max(wholeMaxUs, maxUs);
  }
  if (whole.count > 0) series.wholeP95Us = quantileUs(whole, 0.95, wholeMaxUs);
  return series;
}

/** Never above the true maximum, which a sketch may overshoot by its 1 %. */
export function quantileUs(sketch: Sketch, q: number, maxUs: number): number {
  return sketch.count === 0 ? maxUs : Math.min(sketch.quantile(q), maxUs);
}
