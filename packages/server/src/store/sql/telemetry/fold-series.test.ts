import { expect, test } from "vitest";
import { Sketch } from "../../../model/sketch.ts";
import { type CellRow, foldSeries } from "./fold-series.ts";

const MINUTE = 60_000;

function cell(time: number, durationsUs: number[], errors = 0): CellRow {
  const sketch = new Sketch();
  for (const us of durationsUs) sketch.add(us);
  return {
    time,
    count: durationsUs.length,
    errors,
    client_errors: 0,
    max_us: Math.max(...durationsUs),
    sketch: sketch.toBytes(),
  };
}

test("cells add up, in any order; the greatest maximum stays and empty buckets stay empty", () => {
  const rows = [cell(MINUTE, [90_000], 1), cell(4 * MINUTE, [5000]), cell(0, [1000, 2000])];
  const series = foldSeries(rows, { from: 0, stepMs: 2 * MINUTE, buckets: 5 });
  expect(series.count).toEqual([3, 0, 1, 0, 0]);
  expect(series.errors).toEqual([1, 0, 0, 0, 0]);
  expect(series.maxUs).toEqual([90_000, null, 5000, null, null]);
  expect(series.p50Us[1]).toBeNull();
});

test("quantiles of merged cells stand within one percent, and never above the maximum", () => {
  const durations = Array.from({ length: 1000 }, (_, index) => (index + 1) * 100);
  const halves = [0, 1].map((half) =>
    cell(
      half * MINUTE,
      durations.filter((_, index) => index % 2 === half),
    ),
  );
  const one = foldSeries(halves, { from: 0, stepMs: 10 * MINUTE, buckets: 1 });
  expect(Math.abs(one.p50Us[0]! / 50_000 - 1)).toBeLessThan(0.011);
  expect(Math.abs(one.p95Us[0]! / 95_000 - 1)).toBeLessThan(0.011);
  expect(Math.abs(one.p99Us[0]! / 99_000 - 1)).toBeLessThan(0.011);
  const two = foldSeries(halves, { from: 0, stepMs: MINUTE, buckets: 2 });
  expect(two.wholeP95Us).toBe(one.p95Us[0]);
  const single = foldSeries([cell(0, [777])], { from: 0, stepMs: MINUTE, buckets: 1 });
  expect(single.p99Us[0]).toBeLessThanOrEqual(777);
  expect(single.p99Us[0]! / 777).toBeGreaterThan(0.98);
});

test("cells outside the buckets change nothing", () => {
  const series = foldSeries([cell(-MINUTE, [1]), cell(10 * MINUTE, [1])], { from: 0, stepMs: MINUTE, buckets: 10 });
  expect(series.count.every((count) => count === 0)).toBe(true);
  expect(series.wholeP95Us).toBeNull();
});
