import { expect, test } from "vitest";
import type { RollupCell, RollupTable } from "../../model/rollup.ts";
import { Sketch } from "../../model/sketch.ts";
import { loadRoutes, planParts } from "./load-routes.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 5, 15, 12, 34, 56);

test.each([
  ["an hour", HOUR, ["minute_route"]],
  ["a day", DAY, ["minute_route", "hour_route", "minute_route"]],
  ["a week", 7 * DAY, ["hour_route", "day_route", "hour_route"]],
  ["half a year", 180 * DAY, ["day_route"]],
])("%s is read from the fewest cells that are exact", (_name, lengthMs, tables) => {
  const span = { from: NOW - lengthMs, to: NOW };
  const parts = planParts(span, NOW);
  expect(parts.map((part) => part.table)).toEqual(tables);
  expect(parts.at(-1)!.to).toBe(NOW);
  for (const [index, part] of parts.entries()) expect(part.from).toBe(index === 0 ? part.from : parts[index - 1]!.to);
  expect(parts[0]!.from).toBeLessThanOrEqual(span.from);
});

test("a span of whole hours has no ragged ends to read", () => {
  const to = Date.UTC(2026, 5, 15, 12);
  expect(planParts({ from: to - DAY, to }, to)).toEqual([{ table: "hour_route", from: to - DAY, to }]);
});

test("a route that stands in several parts is told once, and time spent decides the order", async () => {
  const cell = (route: string, us: number): RollupCell => {
    const sketch = new Sketch();
    sketch.add(us);
    return {
      projectId: 1,
      time: 0,
      route,
      count: 1,
      errors: 1,
      clientErrors: 0,
      sumUs: us,
      maxUs: us,
      sketch: sketch.toBytes(),
    };
  };
  const asked: RollupTable[] = [];
  const telemetry = {
    routes: async (table: RollupTable) => {
      asked.push(table);
      return table === "hour_route"
        ? [cell("GET /slow path", 9000), cell("GET /b", 1000)]
        : [cell("GET /b", 5000), cell("_OTHER", 10)];
    },
  };
  const rows = await loadRoutes(telemetry, { projectId: 1, span: { from: NOW - DAY, to: NOW }, now: NOW, limit: 2 });
  expect(asked).toHaveLength(3);
  expect(rows).toMatchObject([
    { method: "GET", route: "/b", count: 3, errors: 3, totalMs: 11, max: 5 },
    { method: "GET", route: "/slow path", count: 1, totalMs: 9 },
  ]);
});
