import { expect, test } from "vitest";
import { Sketch } from "../model/sketch.ts";
import { buildRollups, RouteSeries } from "./route-cells.ts";

const DAY = Date.UTC(2026, 10, 21);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

test("each request is counted in its minute, hour and day, by route and in all", () => {
  const shop = new RouteSeries("GET /shop");
  const cart = new RouteSeries("POST /cart");
  shop.add(DAY - 1, 1000, 200);
  shop.add(DAY, 2000, 404);
  shop.add(DAY + MINUTE - 1, 3000, 500);
  shop.add(DAY + HOUR, 4000, 200);
  shop.add(DAY + 1, 5000, 599);
  cart.add(DAY + 2, 7000, 399);
  const rollups = buildRollups(3, [shop, cart]);
  const cells = (table: Parameters<typeof rollups.get>[0]) =>
    Array.from(rollups.get(table)!, ({ sketch, ...cell }) => ({ ...cell, inSketch: Sketch.parse(sketch).count }));
  const early = { projectId: 3, count: 1, errors: 0, clientErrors: 0, sumUs: 1000, maxUs: 1000, inSketch: 1 };
  const first = { projectId: 3, count: 3, errors: 2, clientErrors: 1, sumUs: 10_000, maxUs: 5000, inSketch: 3 };
  const late = { projectId: 3, count: 1, errors: 0, clientErrors: 0, sumUs: 4000, maxUs: 4000, inSketch: 1 };
  const other = { projectId: 3, count: 1, errors: 0, clientErrors: 0, sumUs: 7000, maxUs: 7000, inSketch: 1 };
  const byRoute = [
    { ...early, time: DAY - MINUTE, route: "GET /shop" },
    { ...first, time: DAY, route: "GET /shop" },
    { ...late, time: DAY + HOUR, route: "GET /shop" },
    { ...other, time: DAY, route: "POST /cart" },
  ];
  const together = { ...first, count: 4, sumUs: 17_000, maxUs: 7000, inSketch: 4, route: null };
  const wholeDay = { ...first, count: 4, sumUs: 14_000, inSketch: 4 };
  expect(cells("minute_route")).toEqual(byRoute);
  const fives = (start: number) => start - (start % (5 * MINUTE));
  expect(cells("five_minute_route")).toEqual(byRoute.map((cell) => ({ ...cell, time: fives(cell.time) })));
  expect(cells("hour_route")).toEqual([{ ...byRoute[0]!, time: DAY - HOUR }, ...byRoute.slice(1)]);
  expect(cells("day_route")).toEqual([
    { ...early, time: DAY - 24 * HOUR, route: "GET /shop" },
    { ...wholeDay, time: DAY, route: "GET /shop" },
    { ...other, time: DAY, route: "POST /cart" },
  ]);
  expect(cells("minute")).toEqual([
    { ...early, time: DAY - MINUTE, route: null },
    { ...together, time: DAY },
    { ...late, time: DAY + HOUR, route: null },
  ]);
  expect(cells("five_minute")).toEqual([
    { ...early, time: DAY - 5 * MINUTE, route: null },
    { ...together, time: DAY },
    { ...late, time: DAY + HOUR, route: null },
  ]);
  expect(cells("hour")).toEqual([
    { ...early, time: DAY - HOUR, route: null },
    { ...together, time: DAY },
    { ...late, time: DAY + HOUR, route: null },
  ]);
  expect(cells("day")).toEqual([
    { ...early, time: DAY - 24 * HOUR, route: null },
    { ...together, count: 5, sumUs: 21_000, inSketch: 5, time: DAY },
  ]);
});

test("requests that nobody has timed count, but say nothing of durations", () => {
  const series = new RouteSeries("GET /shop");
  series.add(DAY, 0, 0);
  series.add(DAY, 4_000, 200);
  series.add(DAY, 0, 503);
  const [minute] = buildRollups(1, [series]).get("minute")!;
  expect(minute).toMatchObject({ count: 3, errors: 1, sumUs: 4_000, maxUs: 4_000 });
  expect(Sketch.parse(minute!.sketch).count).toBe(1);
});
