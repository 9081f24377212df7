import { describe, expect, test } from "vitest";
import type { RollupCell } from "../../model/rollup.ts";
import { Sketch } from "../../model/sketch.ts";
import { chooseStepMs, chooseTable, MAX_BUCKETS } from "./choose-resolution.ts";
import { loadSeries, toSeries } from "./load-series.ts";
import { resolveSpan } from "./resolve-span.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 5, 15, 12, 34, 56);

function cell(time: number, durationsUs: number[], errors = 0): RollupCell {
  const sketch = new Sketch();
  for (const us of durationsUs) sketch.add(us);
  return {
    projectId: 1,
    time,
    route: null,
    count: durationsUs.length,
    errors,
    clientErrors: 0,
    sumUs: durationsUs.reduce((sum, us) => sum + us, 0),
    maxUs: Math.max(...durationsUs),
    sketch: sketch.toBytes(),
  };
}

describe("resolution", () => {
  test.each([15 * MINUTE, HOUR, 6 * HOUR, DAY, 7 * DAY, 14 * DAY, 90 * DAY, 800 * DAY])(
    "a span of %d ms has at most 600 buckets of whole cells, its ragged start included",
    (lengthMs) => {
      for (const byRoute of [false, true]) {
        for (const shift of [0, 1, 29_999]) {
          const span = { from: NOW + shift - lengthMs, to: NOW + shift };
          const { cellMs } = chooseTable(span, NOW, byRoute);
          const stepMs = chooseStepMs(span, cellMs);
          const from = Math.floor(span.from / stepMs) * stepMs;
          expect(stepMs % cellMs).toBe(0);
          expect(Math.ceil((span.to - from) / stepMs)).toBeLessThanOrEqual(MAX_BUCKETS);
        }
      }
    },
  );

  test.each([
    [HOUR, false, "minute"],
    [14 * DAY, false, "minute"],
    [30 * DAY, false, "day"],
    [DAY, true, "minute_route"],
    [7 * DAY, true, "hour_route"],
    [200 * DAY, true, "day_route"],
  ])("%d ms back (by route: %s) are read from the table %s", (ageMs, byRoute, table) => {
    expect(chooseTable({ from: NOW - ageMs, to: NOW }, NOW, byRoute).table).toBe(table);
  });

  test("a short span that lies far back is read from what is kept that long", () => {
    expect(chooseTable({ from: NOW - 10 * DAY, to: NOW - 10 * DAY + HOUR }, NOW, true).table).toBe("hour_route");
  });
});

describe("toSeries()", () => {
  const span = { from: 0, to: 10 * MINUTE };

  test("adds cells up, keeps the greatest maximum and leaves empty buckets empty", () => {
    const cells = [cell(0, [1000, 2000]), cell(MINUTE, [90_000], 1), cell(4 * MINUTE, [5000])];
    const series = toSeries(cells, span, 2 * MINUTE, null);
    expect(series.time).toEqual([0, 2, 4, 6, 8].map((minute) => minute * MINUTE));
    expect(series.requests).toEqual([3, 0, 1, 0, 0]);
    expect(series.errors).toEqual([1, 0, 0, 0, 0]);
    expect(series.max).toEqual([90, null, 5, null, null]);
    expect(series.p50[1]).toBeNull();
  });

  test("quantiles of merged cells stand within one percent, and never above the maximum", () => {
    const durations = Array.from({ length: 1000 }, (_, index) => (index + 1) * 100);
    const cells = [0, 1].map((half) =>
      cell(
        half * MINUTE,
        durations.filter((_, index) => index % 2 === half),
      ),
    );
    const series = toSeries(cells, span, 10 * MINUTE, null);
    expect(series.p50[0]! / 50).toBeCloseTo(1, 1);
    expect(Math.abs(series.p95[0]! / 95 - 1)).toBeLessThan(0.011);
    expect(Math.abs(series.p99[0]! / 99 - 1)).toBeLessThan(0.011);
    const one = toSeries([cell(0, [777])], span, 10 * MINUTE, null);
    expect([one.p50[0], one.p99[0], one.max[0]]).toEqual(
      [one.max[0], one.max[0], 0.777].map((ms) => expect.closeTo(ms!, 2)),
    );
    expect(one.p99[0]).toBeLessThanOrEqual(one.max[0]!);
  });

  test("cells outside the span change nothing", () => {
    const series = toSeries([cell(-MINUTE, [1]), cell(10 * MINUTE, [1])], span, MINUTE, null);
    expect(series.requests.every((count) => count === 0)).toBe(true);
  });
});

test("loadSeries() asks for whole buckets of one table", async () => {
  const asked: unknown[] = [];
  const telemetry = {
    rollups: async (...question: unknown[]) => {
      asked.push(question);
      return [];
    },
  };
  const span = { from: NOW - DAY, to: NOW };
  const series = await loadSeries(telemetry, { projectId: 1, span, route: "GET /x", now: NOW });
  expect(asked).toEqual([["minute_route", 1, series.from, NOW, "GET /x"]]);
  expect(series.from % series.stepMs).toBe(0);
  expect(series.stepMs).toBe(5 * MINUTE);
});

describe("resolveSpan()", () => {
  test("reads a range, a from and to, or the last hour", () => {
    expect(resolveSpan({}, NOW)).toEqual({ from: NOW - HOUR, to: NOW });
    expect(resolveSpan({ range: "15m" }, NOW)).toEqual({ from: NOW - 15 * MINUTE, to: NOW });
    expect(resolveSpan({ range: "7d" }, NOW)).toEqual({ from: NOW - 7 * DAY, to: NOW });
    expect(resolveSpan({ from: NOW - 2 * HOUR, to: NOW - HOUR }, NOW)).toEqual({
      from: NOW - 2 * HOUR,
      to: NOW - HOUR,
    });
  });

  test.each([{ from: NOW }, { from: NOW, to: NOW - HOUR }, { range: "9999d" }, { from: 0 }])("refuses %j", (query) => {
    expect(() => resolveSpan(query, NOW)).toThrow(/cannot be shown/);
  });
});
