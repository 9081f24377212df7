import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Measure } from "@gatewatch/protocol";
import type { OutboxRow } from "../model/alert.ts";
import type { AnomalyRecord, AnomalyStore } from "../model/anomaly.ts";
import type { Store, StoreEngine } from "../model/store.ts";
import { rollup } from "../store/contract/fixtures.ts";
import { openStoreEngine } from "../store/open-store.ts";
import { createWatch, type Watch, type WatchDeps } from "./create-watch.ts";
import { createDetectorKitStandIn, STAND_IN_NEEDS } from "./detector-stand-in.ts";
import { MINUTE_MS } from "./measure-minute.ts";
import { CLOSED_AFTER_MS } from "./watch-series.ts";

const START = Date.UTC(2026, 4, 20, 12);
const ROUTE = "GET /a";
/** An odd minute, for the detectors of the test. */
const ODD = 1500;

let dataDir: string;
let store: StoreEngine;
let now: number;
let kit: ReturnType<typeof createDetectorKitStandIn>;
let crashes: unknown[];
let serial = 0;
let told: AnomalyRecord[];

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "gatewatch-watch-"));
  store = await openStoreEngine({ engine: "sqlite", dataDir });
  now = START;
  kit = createDetectorKitStandIn();
  crashes = [];
  told = [];
});
afterEach(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true });
});

function open(changes: Partial<WatchDeps> = {}): Watch {
  return createWatch({
    store,
    kit,
    clock: () => now,
    behindSince: () => null,
    decideAlerts: async (records) => {
      told.push(...records);
      return [];
    },
    onCrash: (error) => crashes.push(error),
    reportDamage: (_subject, error) => crashes.push(error),
    ...changes,
  });
}

/** Requests of one minute after the start, each of `ms`. */
async function put(minute: number, count: number, { ms = 10, route = ROUTE, errors = 0 } = {}): Promise<void> {
  const values = { time: START + minute * MINUTE_MS, errors };
  const durations = Array.from({ length: count }, () => ms * 1000);
  await store.digest({ segment: 1, offset: ++serial }, async (tx) => {
    await tx.addRollups("minute", [rollup(1, durations, values)]);
    await tx.addRollups("minute_route", [rollup(1, durations, { ...values, route })]);
  });
}

/** Lets the minutes before this one be closed, and watches until nothing more is. */
async function watchUntil(watch: Watch, minute: number): Promise<void> {
  now = START + minute * MINUTE_MS + CLOSED_AFTER_MS;
  while ((await watch.turn()) === 0);
}

async function list(measure: Measure, stream = ""): Promise<AnomalyRecord[]> {
  const { anomalies } = await store.anomalies.query({ projectId: 1, stream, measure, limit: 50 });
  const records = await Promise.all(anomalies.map(({ id }) => store.anomalies.get(1, id)));
  return records.map((record) => record!).toReversed();
}

const minutesOf = ({ startedAt, endedAt }: AnomalyRecord) => [
  (startedAt - START) / MINUTE_MS,
  endedAt === null ? null : (endedAt - START) / MINUTE_MS,
];

/** So many ordinary minutes that every detector of the test is ready. */
async function warmUp(): Promise<number> {
  const ready = STAND_IN_NEEDS + 2;
  for (let minute = 0; minute < ready; minute++) await put(minute, 30);
  return ready;
}

describe("a project's traffic", () => {
  test("is watched with nothing configured: counts, errors and quantiles, of the whole and of the route", async () => {
    const watch = open();
    await put(0, 200, { errors: 50, ms: 20 });
    await watchUntil(watch, 1);
    const points = new Map(kit.points.map((point) => [point.kind + point.value.toPrecision(2), point]));
    expect(points.get("count2.0e+2")).toMatchObject({ atMs: START, value: 200, weight: 1 });
    expect(points.get("ratio0.25")).toMatchObject({ value: 0.25, weight: 200 });
    expect(points.get("duration20")).toMatchObject({ weight: 200 });
    expect(watch.health()).toMatchObject({ series: 10, watchedUntil: START + MINUTE_MS });
    const streams = await watch.listStreams(1);
    expect(streams.map(({ stream, measure }) => `${measure} ${stream}`.trim())).toHaveLength(10);
    expect(streams[0]).toMatchObject({ kind: "series", state: "calibrating", seen: 1, level: 1e-3 });
  });

  test("is judged only when a minute has been closed for 90 seconds, and never beyond what is digested", async () => {
    let behindSince: number | null = null;
    const watch = open({ behindSince: () => behindSince });
    await put(0, 30);
    now = START + MINUTE_MS + CLOSED_AFTER_MS - 1;
    expect(await watch.turn()).toBe(1);
    expect(kit.points).toEqual([]);
    now += 1;
    behindSince = now - 1;
    expect(await watch.turn()).toBe(1_000);
    expect(kit.points).toEqual([]);
    behindSince = null;
    await watch.turn();
    expect(kit.points.length).toBeGreaterThan(0);
  });

  test("that falls silent is a row of zeros, and quantiles of few requests are left out", async () => {
    const watch = open();
    await put(0, 30);
    await put(2, 3);
    await watchUntil(watch, 3);
    const counts = kit.points.filter(({ kind }) => kind === "count").map(({ atMs, value }) => [atMs - START, value]);
    expect(counts.slice(0, 2)).toEqual([
      [0, 30],
      [0, 30],
    ]);
    expect(counts.filter(([at]) => at === MINUTE_MS)).toEqual([
      [MINUTE_MS, 0],
      [MINUTE_MS, 0],
    ]);
    expect(kit.points.filter(({ kind, atMs }) => kind === "duration" && atMs > START)).toEqual([]);
  });

  test("out of its band for some minutes is one anomaly, opened, extended, bridged and ended", async () => {
    const watch = open();
    const ready = await warmUp();
    await watchUntil(watch, ready);
    await put(ready, 30, { ms: ODD });
    await watchUntil(watch, ready + 1);
    const [opened] = await list("p95");
    expect(minutesOf(opened!)).toEqual([ready, null]);
    expect(opened).toMatchObject({ count: 1, level: 1e-3, feedback: null, findings: [{ field: "level" }] });
    expect(opened!.why).toMatch(/^p95 is 1\d\d\d ms; 0 ms to 100 ms is usual now\.$/);
    await put(ready + 1, 30);
    await put(ready + 2, 30, { ms: ODD * 2 });
    for (let minute = ready + 3; minute < ready + 8; minute++) await put(minute, 30);
    await watchUntil(watch, ready + 8);
    const [ended, ...others] = await list("p95");
    expect(others).toEqual([]);
    expect(minutesOf(ended!)).toEqual([ready, ready + 3]);
    expect(ended).toMatchObject({ id: opened!.id, count: 2 });
    expect(ended!.pValue).toBeLessThan(opened!.pValue);
    expect(ended!.series!.time.at(-1)).toBe(START + (ready + 2) * MINUTE_MS);
    expect(ended!.series!.value.slice(-3).map((value) => Math.round(value! / 1000))).toEqual([2, 0, 3]);
    expect(await list("p95", ROUTE)).toHaveLength(1);
  });

  test("is told of once, by the bound on false discoveries, and that is written with the anomaly", async () => {
    const row: OutboxRow = {
      id: "alert-1",
      projectId: 1,
      kind: "alert",
      channelId: 1,
      payload: {},
      createdAt: START,
      attempts: 0,
      dueAt: START,
      leaseUntil: null,
      state: "waiting",
      lastError: null,
    };
    const alerted: string[][] = [];
    const watch = open({
      decideAlerts: async (records) => {
        alerted.push(records.map(({ measure, stream }) => `${measure} ${stream}`));
        return [{ ...row, id: `alert-${alerted.length}` }];
      },
    });
    const ready = await warmUp();
    for (let minute = ready; minute < ready + 4; minute++) await put(minute, 30, { ms: ODD });
    await watchUntil(watch, ready + 4);
    expect(alerted).toEqual([expect.arrayContaining(["p50 ", "p95 ", `p50 ${ROUTE}`, `p95 ${ROUTE}`])]);
    expect(await list("p95")).toMatchObject([{ told: true, count: 4, discovery: { target: 0.1, level: 5e-6 } }]);
    expect((await store.outbox.list({ projectId: 1, limit: 9 })).map(({ id }) => id)).toEqual(["alert-1"]);
    expect(await store.anomalies.tally(1, START, now)).toMatchObject({ told: 4, flagged: 16 });
  });
});

describe("a watch that is started again", () => {
  test("goes on exactly where it was, and its detectors know what they knew", async () => {
    const first = open();
    const ready = await warmUp();
    await put(ready, 30, { ms: ODD });
    await watchUntil(first, ready + 1);
    const before = await list("p95");
    const known = await first.listStreams(1);
    // It did not end properly: nothing was written as it went.
    const second = open();
    await put(ready + 1, 30, { ms: ODD });
    await put(ready + 2, 30, { ms: ODD });
    await put(ready + 3, 30, { ms: ODD });
    await put(ready + 4, 30, { ms: ODD });
    await watchUntil(second, ready + 5);
    const after = await list("p95");
    expect(after).toHaveLength(1);
    expect(after[0]).toMatchObject({ id: before[0]!.id, startedAt: before[0]!.startedAt, told: true });
    expect(told.filter(({ measure, stream }) => measure === "p95" && stream === "")).toHaveLength(1);
    const p95 = (rows: typeof known) => rows.find(({ measure, stream }) => measure === "p95" && stream === "")!;
    expect(p95(known)).toMatchObject({ seen: ready + 1, state: "ready" });
    expect(p95(await second.listStreams(1)).seen).toBeGreaterThan(ready + 1);
  });

  test("sees a gap where the server was down, and raises no alarm about it", async () => {
    const first = open();
    const ready = await warmUp();
    await watchUntil(first, ready);
    await first.stop();
    kit.points.length = 0;
    now = START + 300 * MINUTE_MS + 20_000;
    const second = open();
    await put(301, 30);
    await watchUntil(second, 302);
    expect(new Set(kit.points.map(({ atMs }) => (atMs - START) / MINUTE_MS))).toEqual(new Set([301]));
    expect((await second.listStreams(1)).every(({ state }) => state === "ready")).toBe(true);
  });

  test("learns from what is stored when it is new, without raising alarms about it", async () => {
    const ready = await warmUp();
    await put(ready, 30, { ms: ODD });
    now = START + (ready + 1) * MINUTE_MS;
    const watch = open();
    await watchUntil(watch, ready + 2);
    expect((await watch.listStreams(1)).filter(({ state }) => state === "ready")).toHaveLength(8);
    expect((await store.anomalies.query({ projectId: 1, limit: 9 })).total).toBe(0);
  });

  test("learns a series anew whose snapshot is damaged, says so, and keeps what people have set", async () => {
    const first = open();
    const ready = await warmUp();
    await watchUntil(first, ready);
    await first.stop();
    const [state] = await store.anomalies.listStates("series", 1);
    await store.anomalies.changeStream(state!, { profile: "strict", level: 1e-4 }, []);
    await store.anomalies.commitWatch({
      watchedUntil: null,
      states: [{ ...state!, snapshot: new Uint8Array([1, 2]) }],
      streams: [],
      anomalies: [],
      outbox: [],
      discovery: [{ projectId: 1, state: new Uint8Array([7]) }],
    });
    const second = open();
    await watchUntil(second, ready + 2);
    expect(crashes).toHaveLength(1);
    const { stream, measure } = state!;
    const again = (await second.listStreams(1)).find((row) => row.stream === stream && row.measure === measure);
    expect(again).toMatchObject({ state: "ready", profile: "strict", level: 1e-4 });
  });

  test("watches a route that comes back by what people have set while it was not watched", async () => {
    const change = { by: "ann", at: START, reason: "a test" };
    const subject = { projectId: 1, kind: "series", stream: ROUTE, measure: "requests" } as const;
    await store.anomalies.createStream(subject, { profile: "strict", at: START }, 9);
    const watch = open();
    await watchUntil(watch, 1);
    await watch.changeStream(subject, { profile: "sensitive" }, change);
    await put(1, 30);
    await watchUntil(watch, 2);
    expect(await watch.getStream(subject)).toMatchObject({ profile: "sensitive", level: 1e-2, seen: 1 });
  });

  test("forgets what was set for a route that is deleted while it is not watched", async () => {
    const subject = { projectId: 1, kind: "series", stream: ROUTE, measure: "requests" } as const;
    await store.anomalies.createStream(subject, { profile: "strict", at: START }, 9);
    const watch = open();
    await watchUntil(watch, 1);
    expect(await watch.dropStream(subject)).toBe(true);
    await put(1, 30);
    await watchUntil(watch, 2);
    expect(await watch.getStream(subject)).toMatchObject({ profile: "balanced", level: 1e-3, seen: 1 });
  });

  test("begins a series anew that people have deleted, with nothing of what was set for it", async () => {
    const subject = { projectId: 1, kind: "series", stream: "", measure: "requests" } as const;
    const first = open();
    await put(0, 30);
    await watchUntil(first, 1);
    await first.changeStream(subject, { profile: "strict" }, { by: "ann", at: now, reason: "a test" });
    await first.stop();
    const second = open();
    await watchUntil(second, 2);
    expect(await second.getStream(subject)).toMatchObject({ profile: "strict" });
    expect(await second.dropStream(subject)).toBe(true);
    await watchUntil(second, 4);
    expect(await second.getStream(subject)).toMatchObject({ profile: "balanced", level: 1e-3, seen: 1 });
  });
});

describe("a clock that was a year ahead and is set right", () => {
  const YEAR_MS = 365 * 24 * 60 * MINUTE_MS;

  async function goAstray(watch: Watch): Promise<number> {
    const ready = await warmUp();
    await watchUntil(watch, ready);
    await watchUntil(watch, ready + YEAR_MS / MINUTE_MS);
    kit.points.length = 0;
    for (let minute = ready; minute < ready + 6; minute++) await put(minute, 30);
    now = START + (ready + 2) * MINUTE_MS + CLOSED_AFTER_MS;
    return ready;
  }

  test.each(["by the same process", "by the next one"])("is followed %s", async (whose) => {
    const first = open();
    const ready = await goAstray(first);
    if (whose === "by the next one") await first.stop();
    const watch = whose === "by the next one" ? open() : first;
    await watch.turn();
    await watchUntil(watch, ready + 6);
    const judged = kit.points.filter(({ kind, atMs }) => kind === "count" && atMs === START + (ready + 5) * MINUTE_MS);
    expect(judged).toHaveLength(2);
    expect(watch.health().watchedUntil).toBe(START + (ready + 6) * MINUTE_MS);
  });
});

describe("a crash between any two steps", () => {
  /** What a whole run leaves behind. */
  async function outcome() {
    const { anomalies } = await store.anomalies.query({ projectId: 1, limit: 99 });
    return {
      anomalies: anomalies
        .map(({ id: _id, ...row }) => row)
        .toSorted((a, b) => `${a.measure}${a.stream}`.localeCompare(`${b.measure}${b.stream}`)),
      tally: await store.anomalies.tally(1, 0, START * 2),
      discovery: (await store.anomalies.listDiscovery()).map(({ state }) => new TextDecoder().decode(state)),
    };
  }

  async function play(watch: Watch, tryTurn: (work: () => Promise<void>) => Promise<void>): Promise<void> {
    const ready = await warmUp();
    for (const [index, ms] of [ODD, ODD, 10, ODD * 2, 10, 10, 10, 10, ODD].entries())
      await put(ready + index, 30, { ms });
    for (let minute = 1; minute <= ready + 9; minute++) await tryTurn(() => watchUntil(watch, minute));
  }

  test.each(["before", "after"] as const)("%s the commit neither loses nor doubles anything", async (when) => {
    await play(open(), (work) => work());
    const expected = await outcome();
    expect(expected.anomalies.filter(({ measure, stream }) => measure === "p95" && stream === "")).toMatchObject([
      { count: 1, endedAt: null },
      { count: 3 },
    ]);
    await store.close();
    rmSync(dataDir, { recursive: true });
    dataDir = mkdtempSync(join(tmpdir(), "gatewatch-watch-"));
    store = await openStoreEngine({ engine: "sqlite", dataDir });
    now = START;
    told = [];

    let calls = 0;
    let failed = 0;
    const commitWatch: AnomalyStore["commitWatch"] = async (commit) => {
      const mayFail = ++calls % 2 === 0;
      if (mayFail && when === "after") await store.anomalies.commitWatch(commit);
      if (mayFail) {
        failed += 1;
        throw new Error("the thread has ended");
      }
      return store.anomalies.commitWatch(commit);
    };
    const shaky: Store = { ...store, anomalies: { ...store.anomalies, commitWatch } };
    await play(open({ store: shaky }), async (work) => {
      for (;;) {
        try {
          await work();
          return;
        } catch (error) {
          if (!(error instanceof Error) || error.message !== "the thread has ended") throw error;
        }
      }
    });
    expect(failed).toBeGreaterThan(5);
    expect(await outcome()).toEqual(expected);
  });
});

test("two processes on one store judge each minute once, and one takes over where the other has ended", async () => {
  const [first, second] = [open(), open()];
  const lost: string[] = [];
  const tryTurn = (watch: Watch) => watch.turn().catch((error: Error) => void lost.push(error.message));
  const ready = await warmUp();
  for (const [index, ms] of [ODD, ODD, 10, 10, 10].entries()) await put(ready + index, 30, { ms });
  for (let minute = 1; minute <= ready + 5; minute++) {
    now = START + minute * MINUTE_MS + CLOSED_AFTER_MS;
    for (const watch of [first, second, second]) await tryTurn(watch);
  }
  expect(lost).toEqual(["Another process has watched these minutes: nothing of this turn is written."]);
  expect(await list("p95")).toMatchObject([{ count: 2, told: true }]);
  expect(told.filter(({ measure, stream }) => measure === "p95" && stream === "")).toHaveLength(1);
  const streams = await first.listStreams(1);
  const judged = streams.reduce((sum, { seen }) => sum + Math.max(0, seen - STAND_IN_NEEDS), 0);
  expect((await store.anomalies.tally(1, 0, START * 2)).judged).toBe(judged);

  for (let minute = ready + 6; minute <= ready + 18; minute++) {
    now = START + minute * MINUTE_MS + CLOSED_AFTER_MS;
    await tryTurn(second);
  }
  expect(lost).toHaveLength(1);
  expect(second.health().watchedUntil).toBe(START + (ready + 18) * MINUTE_MS);
});

describe("bounds", () => {
  const limits = { maxSeries: 1_000, maxRoutes: 2, maxBytes: 1e9, minRequests: 20 };

  test("a project has its number of routes, and those without room are counted", async () => {
    const watch = open({ limits });
    for (const route of ["GET /a", "GET /b", "GET /c"]) await put(0, 30, { route });
    await put(0, 5, { route: "GET /rare" });
    await watchUntil(watch, 1);
    const routes = new Set((await watch.listStreams(1)).map(({ stream }) => stream));
    expect(routes.size).toBe(3);
    expect(watch.health().passedOver.routes).toBe(1);
  });

  test("after an hour a busier route takes the place of the quietest, whose anomaly ends", async () => {
    const watch = open({ limits });
    for (let minute = 0; minute < 12; minute++) {
      await put(minute, 21, { route: "GET /quiet" });
      await put(minute, 40, { route: "GET /b" });
    }
    await put(12, 21, { route: "GET /quiet", ms: ODD });
    await watchUntil(watch, 13);
    expect(await list("p50", "GET /quiet")).toMatchObject([{ endedAt: null }]);
    await put(70, 2_000, { route: "GET /busy" });
    await watchUntil(watch, 71);
    const routes = new Set((await watch.listStreams(1)).map(({ stream }) => stream));
    expect(routes).toEqual(new Set(["", "GET /b", "GET /busy"]));
    expect(minutesOf((await list("p50", "GET /quiet"))[0]!)).toEqual([12, 13]);
    expect(await store.anomalies.listStates("series", 1)).not.toContainEqual(
      expect.objectContaining({ stream: "GET /quiet" }),
    );
  });

  test("routes are let go when the memory is used up, the project itself never", async () => {
    const watch = open({ limits: { ...limits, maxRoutes: 50, maxBytes: 1 } });
    await put(0, 30);
    await watchUntil(watch, 1);
    expect((await watch.listStreams(1)).every(({ stream }) => stream === "")).toBe(true);
  });

  test("a long catching up goes by turns of ten minutes, and no further back than six hours", async () => {
    const watch = open();
    await put(0, 30);
    await watchUntil(watch, 1);
    kit.points.length = 0;
    now = START + 24 * 60 * MINUTE_MS + CLOSED_AFTER_MS;
    let turns = 1;
    while ((await watch.turn()) === 0) turns++;
    expect(turns).toBe(36);
    expect(kit.points[0]!.atMs).toBe(START + 18 * 60 * MINUTE_MS);
  });
});
