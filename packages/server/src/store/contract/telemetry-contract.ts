import { expect, test } from "vitest";
import { Sketch } from "../../model/sketch.ts";
import type { RollupPart, RollupTable } from "../../model/rollup.ts";
import type { StoreEngine } from "../../model/store.ts";
import { chunk, createProject, DAY_MS, digest, HOUR_MS, nextPosition, NOON, rollup } from "./fixtures.ts";

const MINUTE_MS = 60_000;
const TABLES: RollupTable[] = [
  "minute",
  "minute_route",
  "five_minute",
  "five_minute_route",
  "hour",
  "hour_route",
  "day",
  "day_route",
];

export function telemetryContract(store: () => StoreEngine): void {
  const telemetry = () => store().telemetry;

  test.each(TABLES)("cells of %s merge exactly over units, quantiles within one per cent", async (table) => {
    const projectId = await createProject(store());
    const route = table.endsWith("route") ? "GET /a" : null;
    const time = Math.floor(NOON / DAY_MS) * DAY_MS;
    const durations: number[] = [];
    for (let unit = 0; unit < 5; unit++) {
      const part = Array.from({ length: 200 }, (_, index) => 1_000 + unit * 977 + index * 131);
      durations.push(...part);
      await digest(store(), (tx) =>
        tx.addRollups(table, [rollup(projectId, part, { time, route, errors: 2, clientErrors: 3 })]),
      );
    }
    const [cell, ...others] = await telemetry().rollups(table, projectId, time, time + 1, route ?? undefined);
    expect(others).toEqual([]);
    expect(cell).toMatchObject({
      projectId,
      time,
      route,
      count: 1_000,
      errors: 10,
      clientErrors: 15,
      sumUs: durations.reduce((sum, duration) => sum + duration, 0),
      maxUs: Math.max(...durations),
    });
    const sorted = durations.toSorted((a, b) => a - b);
    const sketch = Sketch.parse(cell!.sketch);
    expect(sketch.count).toBe(1_000);
    for (const q of [0.5, 0.95, 0.99]) {
      const exact = sorted[Math.floor(q * 999)]!;
      expect(Math.abs(sketch.quantile(q) - exact) / exact).toBeLessThanOrEqual(0.01);
    }
  });

  test("one call may hold several deltas of one cell", async () => {
    const projectId = await createProject(store());
    await digest(store(), (tx) => tx.addRollups("minute", [rollup(projectId, [10]), rollup(projectId, [20, 30])]));
    expect(await telemetry().rollups("minute", projectId, NOON, NOON + 1)).toMatchObject([
      { count: 3, sumUs: 60, maxUs: 30 },
    ]);
  });

  test("rollups() gives the cells of [from, to) by time, of one route when asked", async () => {
    const projectId = await createProject(store());
    const stranger = await createProject(store());
    await digest(store(), async (tx) => {
      for (let minute = 0; minute < 4; minute++) {
        const time = NOON + minute * MINUTE_MS;
        await tx.addRollups("minute_route", [
          rollup(projectId, [10], { time, route: "GET /b" }),
          rollup(projectId, [20], { time, route: "GET /a" }),
          rollup(stranger, [30], { time, route: "GET /a" }),
        ]);
      }
    });
    const from = NOON + MINUTE_MS;
    const to = NOON + 3 * MINUTE_MS;
    const all = await telemetry().rollups("minute_route", projectId, from, to);
    expect(all.map((cell) => cell.time)).toEqual([from, from, to - MINUTE_MS, to - MINUTE_MS]);
    const one = await telemetry().rollups("minute_route", projectId, from - 1, to, "GET /a");
    expect(one.map(({ time, route, sumUs }) => [time, route, sumUs])).toEqual([
      [from, "GET /a", 20],
      [to - MINUTE_MS, "GET /a", 20],
    ]);
    expect(await telemetry().rollups("minute_route", projectId, from, to, "GET /unknown")).toEqual([]);
    expect(await telemetry().rollups("minute_route", projectId, to, from, "GET /a")).toEqual([]);
    expect(await telemetry().rollups("minute_route", projectId, 0, NOON * 2, "GET /a")).toHaveLength(4);
  });

  test("series() folds the cells of its parts into buckets, of the project or of one route", async () => {
    const projectId = await createProject(store());
    const stranger = await createProject(store());
    const minutes = Array.from({ length: 120 }, (_, index) => ({ time: NOON + index * MINUTE_MS, us: 1_000 + index }));
    await digest(store(), async (tx) => {
      for (const { time, us } of minutes) {
        await tx.addRollups("minute", [rollup(projectId, [us, 9_000], { time, errors: 1, clientErrors: 1 })]);
        await tx.addRollups("minute", [rollup(stranger, [us], { time })]);
        await tx.addRollups("minute_route", [
          rollup(projectId, [us], { time, route: "GET /a", errors: 1 }),
          rollup(projectId, [9_000], { time, route: "GET /b", clientErrors: 1 }),
        ]);
      }
      await tx.addRollups("hour", [rollup(projectId, [1, 2, 3], { time: NOON })]);
    });
    // Twice the same cells: an engine that keeps deltas must not lose or double any.
    await digest(store(), (tx) => tx.addRollups("minute", [rollup(projectId, [9_500], { time: NOON })]));
    const question = { projectId, route: null, from: NOON, stepMs: 30 * MINUTE_MS, buckets: 4 };
    const to = NOON + 2 * HOUR_MS;
    const whole = await telemetry().series({ ...question, parts: [{ table: "minute", from: NOON, to }] });
    expect(whole).toMatchObject({
      count: [61, 60, 60, 60],
      errors: [30, 30, 30, 30],
      clientErrors: [30, 30, 30, 30],
      maxUs: [9_500, 9_000, 9_000, 9_000],
    });
    expect(Math.abs(whole.p95Us[1]! / 9_000 - 1)).toBeLessThanOrEqual(0.01);
    expect(Math.abs(whole.wholeP95Us! / 9_000 - 1)).toBeLessThanOrEqual(0.01);

    const routed = { ...question, route: "GET /a", parts: [{ table: "minute_route" as const, from: NOON, to }] };
    const route = await telemetry().series(routed);
    expect(route).toMatchObject({ count: [30, 30, 30, 30], errors: [30, 30, 30, 30], clientErrors: [0, 0, 0, 0] });
    expect(route.maxUs).toEqual([1_029, 1_059, 1_089, 1_119]);
    expect(Math.abs(route.p50Us[0]! / 1_015 - 1)).toBeLessThanOrEqual(0.011);
    expect((await telemetry().series({ ...routed, route: "GET /unknown" })).count).toEqual([0, 0, 0, 0]);

    const mixed = await telemetry().series({
      ...question,
      parts: [
        { table: "hour", from: NOON, to: NOON + HOUR_MS },
        { table: "minute", from: NOON + HOUR_MS, to: NOON + HOUR_MS + 10 * MINUTE_MS },
      ],
    });
    expect(mixed.count).toEqual([3, 0, 20, 0]);
    expect(mixed.p99Us[1]).toBeNull();
    expect((await telemetry().series({ ...question, parts: [] })).wholeP95Us).toBeNull();
  });

  test("topRoutes() adds the parts up before it chooses, by time spent or by errors", async () => {
    const projectId = await createProject(store());
    const stranger = await createProject(store());
    await digest(store(), async (tx) => {
      await tx.addRollups("hour_route", [
        rollup(projectId, [100, 200], { route: "GET /b", errors: 1 }),
        rollup(projectId, [250], { route: "GET /a" }),
        rollup(projectId, [1], { route: "GET /tiny", errors: 3, clientErrors: 2 }),
        rollup(stranger, [9_999], { route: "GET /a" }),
      ]);
      const time = NOON + HOUR_MS;
      await tx.addRollups("minute_route", [
        rollup(projectId, [400], { time, route: "GET /a" }),
        rollup(projectId, [300], { time, route: "GET /b", errors: 1 }),
        rollup(projectId, [77], { time: time + MINUTE_MS, route: "GET /late" }),
      ]);
    });
    const parts: RollupPart[] = [
      { table: "hour_route", from: NOON, to: NOON + HOUR_MS },
      { table: "minute_route", from: NOON + HOUR_MS, to: NOON + HOUR_MS + MINUTE_MS },
    ];
    const top = await telemetry().topRoutes({ projectId, parts, by: "sumUs", limit: 2 });
    expect(top).toMatchObject([
      { route: "GET /a", count: 2, errors: 0, clientErrors: 0, sumUs: 650, maxUs: 400 },
      { route: "GET /b", count: 3, errors: 2, clientErrors: 0, sumUs: 600, maxUs: 300 },
    ]);
    expect(Math.abs(top[1]!.p50Us / 200 - 1)).toBeLessThanOrEqual(0.01);
    expect(top[1]!.p99Us).toBeLessThanOrEqual(300);
    const failing = await telemetry().topRoutes({ projectId, parts, by: "errors", limit: 9 });
    expect(failing.map(({ route, errors }) => [route, errors])).toEqual([
      ["GET /tiny", 3],
      ["GET /b", 2],
      ["GET /a", 0],
    ]);
    expect(await telemetry().topRoutes({ projectId, parts: parts.slice(0, 0), by: "errors", limit: 9 })).toEqual([]);
  });

  test("countRequests() sums minutes and hasEvents() says whether anything ever came", async () => {
    const projectId = await createProject(store());
    expect(await telemetry().hasEvents(projectId)).toBe(false);
    expect(await telemetry().countRequests(projectId, 0, NOON * 2)).toBe(0);
    await digest(store(), (tx) =>
      tx.addRollups("minute", [rollup(projectId, [1, 2]), rollup(projectId, [3], { time: NOON + MINUTE_MS })]),
    );
    expect(await telemetry().hasEvents(projectId)).toBe(true);
    expect(await telemetry().countRequests(projectId, NOON, NOON + MINUTE_MS)).toBe(2);
  });

  test("chunks() gives what may hold events of the span, newest first, over days", async () => {
    const projectId = await createProject(store());
    const stranger = await createProject(store());
    const position = nextPosition();
    const starts = [NOON - DAY_MS, NOON, NOON + HOUR_MS, NOON + DAY_MS];
    await store().digest(position, (tx) =>
      tx.putChunks([
        ...starts.map((minTime, part) =>
          chunk(projectId, position, { part, minTime, body: new Uint8Array([part, 255]) }),
        ),
        chunk(projectId, position, { kind: "log" }),
        chunk(stranger, position, {}),
      ]),
    );
    const parts = async (from: number, to: number, limit = 10) =>
      (await telemetry().chunks(projectId, "request", from, to, limit)).map((found) => found.part);
    expect(await parts(0, NOON * 2)).toEqual([3, 2, 1, 0]);
    expect(await parts(0, NOON * 2, 2)).toEqual([3, 2]);
    expect(await parts(NOON, NOON + 1)).toEqual([1]);
    expect(await parts(NOON + 1_000, NOON + HOUR_MS)).toEqual([1]);
    expect(await parts(NOON + 2 * HOUR_MS, NOON + 3 * HOUR_MS)).toEqual([]);
    const [found] = await telemetry().chunks(projectId, "request", NOON, NOON + 1, 1);
    expect(found).toEqual(chunk(projectId, position, { part: 1, body: new Uint8Array([1, 255]) }));
  });

  test("writing the same chunk again changes nothing", async () => {
    const projectId = await createProject(store());
    const position = nextPosition();
    const row = chunk(projectId, position);
    await store().digest(position, (tx) => tx.putChunks([row]));
    await store().digest(position, (tx) => tx.putChunks([row]));
    expect(await telemetry().chunks(projectId, "request", 0, NOON * 2, 10)).toEqual([row]);
  });

  test("many chunks of several days are written in one unit", async () => {
    const projectId = await createProject(store());
    const position = nextPosition();
    const rows = Array.from({ length: 150 }, (_, part) =>
      chunk(projectId, position, { part, minTime: NOON + (part % 3) * DAY_MS + part, body: new Uint8Array([part]) }),
    );
    await store().digest(position, (tx) => tx.putChunks(rows));
    const found = await telemetry().chunks(projectId, "request", 0, NOON * 2, 1_000);
    expect(found.toSorted((a, b) => a.part - b.part)).toEqual(rows);
  });
}
