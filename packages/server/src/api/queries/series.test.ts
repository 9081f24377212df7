import { describe, expect, test } from "vitest";
import type { RollupSeries, SeriesQuestion } from "../../model/rollup.ts";
import { chooseDrawing, floorSpan, MAX_BUCKETS, planParts } from "./choose-resolution.ts";
import { loadSeries } from "./load-series.ts";
import { resolveSpan } from "./resolve-span.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 5, 15, 12, 34, 56);

describe("resolution", () => {
  test.each([15 * MINUTE, HOUR, 6 * HOUR, DAY, 7 * DAY, 14 * DAY, 90 * DAY, 800 * DAY])(
    "a span of %d ms has at most 600 buckets of whole cells, its ragged start included",
    (lengthMs) => {
      for (const byRoute of [false, true]) {
        for (const shift of [0, 1, 29_999]) {
          const span = { from: NOW + shift - lengthMs, to: NOW + shift };
          const { cellMs, stepMs } = chooseDrawing(span, NOW, byRoute);
          const from = Math.floor(span.from / stepMs) * stepMs;
          expect(stepMs % cellMs).toBe(0);
          expect(Math.ceil((span.to - from) / stepMs)).toBeLessThanOrEqual(MAX_BUCKETS);
        }
      }
    },
  );

  test.each([
    [HOUR, false, "minute", 1],
    [12 * HOUR, false, "minute", 2],
    [DAY, false, "five_minute", 5],
    [5 * DAY, false, "five_minute", 15],
    [7 * DAY, false, "hour", 60],
    [60 * DAY, false, "hour", 180],
    [90 * DAY, false, "day", 1440],
    [DAY, true, "five_minute_route", 5],
    [7 * DAY, true, "hour_route", 60],
    [200 * DAY, true, "day_route", 1440],
  ])(
    "%d ms back (by route: %s) are drawn from the table %s in steps of %d minutes",
    (ageMs, byRoute, table, minutes) => {
      expect(chooseDrawing({ from: NOW - ageMs, to: NOW }, NOW, byRoute)).toMatchObject({
        table,
        stepMs: minutes * MINUTE,
      });
    },
  );

  test("a small chart of a long span reads long cells", () => {
    const day = { from: NOW - DAY, to: NOW };
    expect(chooseDrawing(day, NOW, true, 25)).toMatchObject({ table: "hour_route", stepMs: HOUR });
  });

  test("a short span that lies far back is read from what is kept that long", () => {
    const old = { from: NOW - 10 * DAY, to: NOW - 10 * DAY + HOUR };
    expect(chooseDrawing(old, NOW, true).table).toBe("hour_route");
    expect(chooseDrawing(old, NOW, false).table).toBe("minute");
  });

  test.each([
    ["five minutes", 5 * MINUTE, ["minute_route"]],
    ["an hour", HOUR, ["minute_route", "five_minute_route", "minute_route"]],
    ["a day", DAY, ["minute_route", "five_minute_route", "hour_route", "five_minute_route", "minute_route"]],
    ["a week", 7 * DAY, ["hour_route", "day_route", "hour_route"]],
    ["half a year", 180 * DAY, ["day_route"]],
  ])("the sums of %s are read from the fewest cells that are exact", (_name, lengthMs, tables) => {
    const span = { from: NOW - lengthMs, to: NOW };
    const parts = planParts(span, NOW, true);
    expect(parts.map((part) => part.table)).toEqual(tables);
    expect(parts.at(-1)!.to).toBe(NOW);
    for (const [index, part] of parts.entries()) expect(part.from).toBe(index === 0 ? part.from : parts[index - 1]!.to);
    expect(parts[0]!.from).toBeLessThanOrEqual(span.from);
  });

  test("a span of whole hours has no ragged ends to read", () => {
    const to = Date.UTC(2026, 5, 15, 12);
    expect(planParts({ from: to - DAY, to }, to, true)).toEqual([{ table: "hour_route", from: to - DAY, to }]);
  });

  test("a span that is compared with keeps its length in whole cells, and is never empty", () => {
    expect(floorSpan({ from: NOW - DAY, to: NOW }, NOW, false)).toEqual({
      from: NOW - 56_000 - DAY,
      to: NOW - 56_000,
    });
    const far = floorSpan({ from: NOW - 200 * DAY, to: NOW - 200 * DAY + HOUR }, NOW, false);
    expect(far.to - far.from).toBe(DAY);
  });
});

test("loadSeries() asks for whole buckets of one table, and tells milliseconds", async () => {
  const asked: SeriesQuestion[] = [];
  const telemetry = {
    series: async (question: SeriesQuestion): Promise<RollupSeries> => {
      asked.push(question);
      const nothing = Array.from({ length: question.buckets - 1 }, () => null);
      return {
        count: [3, ...nothing.map(() => 0)],
        errors: [2, ...nothing.map(() => 0)],
        clientErrors: [1, ...nothing.map(() => 0)],
        p50Us: [1500, ...nothing],
        p95Us: [2500.4, ...nothing],
        p99Us: [3500, ...nothing],
        maxUs: [4500, ...nothing],
        wholeP95Us: 2500,
      };
    },
  };
  const span = { from: NOW - DAY, to: NOW };
  const series = await loadSeries(telemetry, { projectId: 1, span, route: "GET /x", now: NOW });
  const { from, stepMs } = series;
  expect(asked).toEqual([
    {
      projectId: 1,
      route: "GET /x",
      parts: [{ table: "five_minute_route", from, to: NOW }],
      from,
      stepMs,
      buckets: series.time.length,
    },
  ]);
  expect(from % stepMs).toBe(0);
  expect(stepMs).toBe(5 * MINUTE);
  expect(series.time.slice(0, 2)).toEqual([from, from + stepMs]);
  expect(series.time.at(-1)! + stepMs).toBeGreaterThanOrEqual(NOW);
  const first = [series.requests, series.errors, series.clientErrors, series.p50, series.p95, series.p99, series.max];
  expect(first.map((values) => values[0])).toEqual([3, 2, 1, 1.5, 2.5, 3.5, 4.5]);
  expect(first.map((values) => values[1])).toEqual([0, 0, 0, null, null, null, null]);
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
