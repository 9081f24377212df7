import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { LiveRequest } from "@gatewatch/protocol";
import type { AnomalyRecord, AnomalyStore } from "../model/anomaly.ts";
import type { DigestNotice } from "../model/live.ts";
import type { Store, StoreEngine } from "../model/store.ts";
import { openStoreEngine } from "../store/open-store.ts";
import { createWatch, type Watch, type WatchDeps } from "./create-watch.ts";
import { createDetectorKitStandIn, STAND_IN_NEEDS } from "./detector-stand-in.ts";
import { MAX_STREAMS } from "./event-streams.ts";

const START = Date.UTC(2026, 4, 20, 12);

let dataDir: string;
let store: StoreEngine;
let now: number;
let kit: ReturnType<typeof createDetectorKitStandIn>;
let told: AnomalyRecord[];
let damaged: unknown[];
let watch: Watch;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "gatewatch-judge-"));
  store = await openStoreEngine({ engine: "sqlite", dataDir });
  now = START;
  kit = createDetectorKitStandIn();
  told = [];
  damaged = [];
  watch = open();
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
    onCrash: (error) => {
      throw error;
    },
    reportDamage: (_subject, error) => damaged.push(error),
    ...changes,
  });
}

const learnedOf = ({ snapshot }: { snapshot: Uint8Array }) =>
  (JSON.parse(new TextDecoder().decode(snapshot)) as { learned: string[] }).learned;
const normal = (count: number) => Array.from({ length: count }, (_, index) => ({ item: "book", price: index }));
const warmUp = (stream = "shop", by = watch) => by.judgeEvents(1, stream, normal(STAND_IN_NEEDS));
const list = async (stream = "shop") =>
  (await store.anomalies.query({ projectId: 1, stream, limit: 50 })).anomalies.toReversed();

describe("judgeEvents()", () => {
  test("calls nothing anomalous while it calibrates, and then names the event, its rarity and why", async () => {
    expect(await watch.judgeEvents(1, "shop", [{ item: "odd" }, ...normal(9)])).toEqual({
      stream: "shop",
      status: "calibrating",
      level: 1e-3,
      seen: 10,
      anomalies: [],
    });
    const answer = await watch.judgeEvents(1, "shop", [{ item: "book", price: 1 }, { item: "odd shoe" }]);
    expect(answer).toEqual({
      stream: "shop",
      status: "ready",
      level: 1e-3,
      seen: 12,
      anomalies: [
        {
          index: 1,
          pValue: 1e-5,
          score: 9,
          block: true,
          why: "never seen",
          findings: [{ field: "body.item", message: "never seen", expected: "book", seen: "odd", surprise: 5 }],
        },
      ],
    });
    expect((await watch.listStreams(1))[0]).toMatchObject({
      kind: "event",
      stream: "shop",
      state: "ready",
      seen: 12,
      needed: 0,
      quarantined: 1,
      flaggedRate: 0.5,
      drift: 0.5,
    });
  });

  test("keeps what is flagged with its evidence, redacted, and compression's figures beside it", async () => {
    await warmUp();
    await watch.judgeEvents(1, "shop", [{ item: "odd", password: "hunter2", card: "4111 1111 1111 1111" }]);
    await watch.turn();
    const [row] = await list();
    expect(row).toMatchObject({ kind: "event", measure: null, startedAt: START, endedAt: START, count: 1, told: true });
    const record = await store.anomalies.get(1, row!.id);
    expect(record).toMatchObject({
      event: { item: "odd", password: "[REDACTED]" },
      normal: { item: "book", price: 0 },
      series: null,
      discovery: { target: 0.1, tested: 1, told: 1 },
      compression: { algorithm: "zstd", fallbackFrom: null },
    });
    expect(JSON.stringify(record)).not.toMatch(/hunter2|4111/);
    expect(new TextDecoder().decode((await watch.readState(1, "shop", null))!.snapshot)).not.toMatch(/hunter2|4111/);
    expect(told.map(({ id }) => id)).toEqual([row!.id]);
  });

  test("keeps events of one kind that come together as one anomaly", async () => {
    await warmUp();
    for (const item of ["odd a", "odd b", "odd c"]) {
      await watch.judgeEvents(1, "shop", [{ item }]);
      await watch.turn();
      now += 30_000;
    }
    now += 60_000;
    await watch.judgeEvents(1, "shop", [{ item: "odd d" }, { item: "odd e" }]);
    await watch.turn();
    expect(await list()).toMatchObject([
      { count: 3, startedAt: START, endedAt: START + 60_000 },
      { count: 2, startedAt: now, endedAt: now },
    ]);
    expect(told).toHaveLength(2);
  });

  test("refuses a stream beyond the project's number, and keeps other projects out of it", async () => {
    for (let index = 0; index < MAX_STREAMS; index++) await watch.judgeEvents(1, `s${index}`, [{}]);
    await expect(watch.judgeEvents(1, "one more", [{}])).rejects.toMatchObject({ code: "invalid_request" });
    const other = await store.control.createProject({ name: "other", slug: "other", at: START });
    await watch.judgeEvents(other.id, "one more", [{}]);
    expect(await watch.listStreams(other.id)).toHaveLength(1);
  });

  test.each([
    ["U+0000", "shop\0"],
    ["half of a surrogate pair", "shop\ud800"],
  ])("refuses a name with %s, which a store would keep as another one", async (_what, stream) => {
    await expect(watch.judgeEvents(1, stream, [{}])).rejects.toMatchObject({ code: "invalid_request" });
    await expect(watch.readState(1, stream, null)).rejects.toMatchObject({ code: "not_found" });
    expect(await store.anomalies.listStreams(1, null)).toEqual([]);
  });

  test("two first questions at once make one detector", async () => {
    await Promise.all([warmUp(), warmUp()]);
    expect((await watch.listStreams(1))[0]).toMatchObject({ seen: 2 * STAND_IN_NEEDS });
  });
});

describe("what a stream knows", () => {
  test("is written two minutes after a change and at the end, and taken up again", async () => {
    await warmUp();
    await watch.turn();
    expect(await store.anomalies.listStates("event")).toEqual([]);
    now += 120_000;
    await watch.turn();
    expect(await store.anomalies.listStates("event")).toMatchObject([{ version: 1, position: STAND_IN_NEEDS }]);
    await watch.judgeEvents(1, "shop", normal(5));
    await watch.stop();
    expect(await store.anomalies.listStates("event")).toMatchObject([{ version: 2, position: STAND_IN_NEEDS + 5 }]);
    const again = open();
    expect(await again.judgeEvents(1, "shop", [{ item: "odd" }])).toMatchObject({
      status: "ready",
      seen: STAND_IN_NEEDS + 6,
      anomalies: [{ index: 0 }],
    });
  });

  test("begins anew when its snapshot is damaged", async () => {
    await warmUp();
    await watch.stop();
    const [state] = await store.anomalies.listStates("event");
    await store.anomalies.commitWatch({
      watchedUntil: null,
      states: [{ ...state!, snapshot: new Uint8Array([9, 9, 9, 9, 9]) }],
      streams: [],
      anomalies: [],
      outbox: [],
      discovery: [],
    });
    expect(await open().judgeEvents(1, "shop", [{ item: "odd" }])).toMatchObject({ status: "calibrating" });
    expect(damaged).toHaveLength(1);
  });

  test("is shared: deltas add up once each, whoever repeats them", async () => {
    const log = new TextEncoder().encode(JSON.stringify({ learned: ['{"a":1}', '{"a":2}'] }));
    const delta = { projectId: 1, stream: "shop", replica: "one", sequence: 4, log };
    const first = await watch.mergeState(delta);
    expect(await watch.mergeState(delta)).toEqual(first);
    expect(await watch.mergeState({ ...delta, sequence: 3 })).toEqual(first);
    const second = await watch.mergeState({ ...delta, replica: "two" });
    expect(second.version).not.toBe(first.version);
    expect(learnedOf(first)).toHaveLength(2);
    expect(learnedOf(second)).toHaveLength(4);
    expect(await watch.readState(1, "shop", second.version)).toBeNull();
    expect(await watch.readState(1, "shop", first.version)).toEqual(second);
    await watch.stop();
    now += 1;
    const again = open();
    const third = await again.mergeState({ ...delta, replica: "two" });
    expect(third.snapshot).toEqual(second.snapshot);
    expect(third.version).not.toBe(second.version);
    expect((await again.listStreams(1))[0]).toMatchObject({ seen: 4 });
  });

  test("takes nothing from a delta that is no log, and opens no stream for it", async () => {
    await warmUp();
    const before = await watch.readState(1, "shop", null);
    const delta = { projectId: 1, stream: "shop", replica: "one", sequence: 1, log: new Uint8Array([1]) };
    await expect(watch.mergeState(delta)).rejects.toMatchObject({ code: "invalid_request" });
    expect(await watch.readState(1, "shop", null)).toEqual(before);
    await expect(watch.mergeState({ ...delta, stream: "none" })).rejects.toMatchObject({ code: "invalid_request" });
    expect(await watch.listStreams(1)).toHaveLength(1);
    const good = new TextEncoder().encode('{"learned":["{}"]}');
    expect(learnedOf(await watch.mergeState({ ...delta, log: good }))).toHaveLength(STAND_IN_NEEDS + 1);
  });

  test("of another project or name is not there", async () => {
    await warmUp();
    await expect(watch.readState(2, "shop", null)).rejects.toMatchObject({ code: "not_found" });
    await expect(watch.readState(1, "none", null)).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("what people say", () => {
  test("reaches the detector: a false alarm is normal from now on", async () => {
    await warmUp();
    await watch.judgeEvents(1, "shop", [{ item: "odd" }]);
    await watch.turn();
    const [row] = await list();
    const order = { projectId: 1, id: row!.id, reason: null, by: "ann", at: now };
    expect(await watch.giveFeedback({ ...order, feedback: "false_positive" })).toMatchObject({ id: row!.id });
    expect(kit.feedback).toEqual([{ event: { item: "odd" }, feedback: "false_positive" }]);
    expect((await watch.judgeEvents(1, "shop", [{ item: "odd" }])).anomalies).toEqual([]);
    expect(await watch.giveFeedback({ ...order, id: 999, feedback: "confirmed" })).toBeNull();
    expect(await watch.giveFeedback({ ...order, projectId: 2, feedback: "confirmed" })).toBeNull();
    expect((await watch.listStreams(1))[0]).toMatchObject({ feedback: { false_positive: 1 }, anomalies: 1 });
  });

  test("moves the level of a stream that tunes itself, once an hour, within a factor of ten, each with its reason", async () => {
    await warmUp();
    const subject = { projectId: 1, kind: "event", stream: "shop", measure: null } as const;
    await watch.changeStream(subject, { autoTune: true }, { by: "ann", at: now, reason: "too loud" });
    const complain = async () => {
      await watch.judgeEvents(1, "shop", [{ item: `odd ${now}` }]);
      await watch.turn();
      const [row] = (await store.anomalies.query({ projectId: 1, limit: 1 })).anomalies;
      const order = { projectId: 1, id: row!.id, reason: null, by: "ann", at: now };
      await watch.giveFeedback({ ...order, feedback: "false_positive" });
      now += 900_000;
    };
    for (let index = 0; index < 4; index++) await complain();
    expect((await watch.getStream(subject))?.level).toBe(1e-3);
    await complain();
    expect((await watch.getStream(subject))?.level).toBe(1e-3 / 1.6);
    for (let index = 0; index < 4; index++) await complain();
    expect((await watch.getStream(subject))?.level).toBe(1e-3 / 1.6);
    for (let index = 0; index < 25; index++) await complain();
    expect((await watch.getStream(subject))?.level).toBe(1e-4);
    const rows = await store.anomalies.listTuning(subject, 99);
    expect(rows.at(-1)).toMatchObject({ field: "autoTune", from: false, to: true, reason: "too loud", by: "ann" });
    expect(rows[0]).toMatchObject({
      field: "level",
      to: 1e-4,
      by: "gatewatch",
      reason: expect.stringContaining("stricter"),
    });
    const gaps = rows
      .filter(({ field }) => field === "level")
      .map(({ at }, index, all) => (all[index - 1]?.at ?? now) - at);
    expect(Math.min(...gaps.slice(1))).toBeGreaterThanOrEqual(3_600_000);
  });

  test("changes settings at once, with a row for each, and a profile brings its level", async () => {
    await warmUp();
    const subject = { projectId: 1, kind: "event", stream: "shop", measure: null } as const;
    const change = { by: "ann", at: now, reason: "quieter" };
    expect(await watch.changeStream(subject, { profile: "strict", autoTune: false }, change)).toMatchObject({
      profile: "strict",
      level: 1e-4,
    });
    expect((await store.anomalies.listTuning(subject, 9)).map(({ field }) => field)).toEqual(["level", "profile"]);
    expect((await watch.judgeEvents(1, "shop", [{ item: "book" }])).level).toBe(1e-4);
    expect(await watch.changeStream({ ...subject, stream: "none" }, { autoTune: true }, change)).toBeNull();
  });

  test("lets a memory adapt, with a row for each change, and keeps both of its generations", async () => {
    const subject = { projectId: 1, kind: "event", stream: "shop", measure: null } as const;
    await warmUp();
    await watch.changeStream(subject, { adaptiveWindow: true }, { by: "ann", at: now, reason: "a new shop" });
    await watch.judgeEvents(1, "shop", normal(STAND_IN_NEEDS));
    now += 24 * 3_600_000;
    await watch.turn();
    expect((await store.anomalies.listTuning(subject, 9))[0]).toEqual({
      at: now,
      by: "gatewatch",
      field: "window",
      from: 50_000,
      to: 100_000,
      reason: "nothing has changed for a day",
    });
    await watch.stop();
    const again = open();
    expect(await again.judgeEvents(1, "shop", [{ item: "odd" }])).toMatchObject({ status: "ready" });
    now += 24 * 3_600_000;
    await again.turn();
    expect((await store.anomalies.listTuning(subject, 9))[0]).toMatchObject({ from: 100_000, to: 200_000 });
    expect(damaged).toEqual([]);
  });

  test("has its row of history of what a memory adapted while the store was away", async () => {
    const subject = { projectId: 1, kind: "event", stream: "shop", measure: null } as const;
    let isAway = false;
    const changeStream: AnomalyStore["changeStream"] = async (...order) => {
      if (isAway) throw new Error("the store is away");
      return store.anomalies.changeStream(...order);
    };
    watch = open({ store: { ...store, anomalies: { ...store.anomalies, changeStream } } as Store });
    await warmUp("shop", watch);
    await watch.changeStream(subject, { adaptiveWindow: true }, { by: "ann", at: now, reason: "a new shop" });
    now += 24 * 3_600_000;
    isAway = true;
    await expect(watch.turn()).rejects.toThrow("the store is away");
    expect(watch.health().failures).toBe(1);
    isAway = false;
    await watch.turn();
    const rows = await store.anomalies.listTuning(subject, 9);
    expect(rows.map(({ field, to }) => [field, to])).toEqual([
      ["window", 100_000],
      ["adaptiveWindow", true],
    ]);
  });

  test("said twice, or by two at once, is learned once", async () => {
    await warmUp();
    await watch.judgeEvents(1, "shop", [{ item: "odd" }]);
    await watch.turn();
    const [row] = await list();
    const order = { projectId: 1, id: row!.id, reason: null, by: "ann", at: now, feedback: "false_positive" as const };
    await Promise.all([watch.giveFeedback(order), watch.giveFeedback(order)]);
    await watch.giveFeedback(order);
    expect(kit.feedback).toHaveLength(1);
    expect(await store.anomalies.history(1, row!.id)).toHaveLength(1);
    await watch.giveFeedback({ ...order, reason: "a new shoe" });
    expect(kit.feedback).toHaveLength(1);
    expect(await store.anomalies.history(1, row!.id)).toHaveLength(2);
  });

  test("of an event that was too large to be kept teaches nothing", async () => {
    await warmUp();
    await watch.judgeEvents(1, "shop", [
      { item: "odd", list: Array.from({ length: 900 }, () => "abcdefghijklmnopqrstuvwxyz") },
    ]);
    await watch.turn();
    const [row] = await list();
    const order = { projectId: 1, id: row!.id, reason: null, by: "ann", at: now };
    expect(await watch.giveFeedback({ ...order, feedback: "false_positive" })).toMatchObject({
      event: { beginning: expect.any(String) },
    });
    expect(kit.feedback).toEqual([]);
  });

  test("can make a stream be forgotten while what it knows is being written", async () => {
    const subject = { projectId: 1, kind: "event", stream: "shop", measure: null } as const;
    const dropped: Promise<boolean>[] = [];
    const by = open({
      store: {
        ...store,
        anomalies: {
          ...store.anomalies,
          commitWatch(commit) {
            if (commit.states.length > 0) dropped.push(by.dropStream(subject));
            return store.anomalies.commitWatch(commit);
          },
        },
      },
    });
    await warmUp("shop", by);
    now += 120_000;
    await by.turn();
    expect(await Promise.all(dropped)).toEqual([true]);
    expect(await store.anomalies.listStates("event")).toEqual([]);
    expect(await store.anomalies.listStreams(1, "event")).toEqual([]);
  });

  test("can make a stream be forgotten", async () => {
    await warmUp();
    const subject = { projectId: 1, kind: "event", stream: "shop", measure: null } as const;
    expect(await watch.dropStream(subject)).toBe(true);
    expect(await watch.dropStream(subject)).toBe(false);
    expect(await watch.listStreams(1)).toEqual([]);
    expect(await watch.judgeEvents(1, "shop", [{ item: "odd" }])).toMatchObject({ status: "calibrating", seen: 1 });
  });
});

describe("requests of the digest", () => {
  const request = (path: string, time: number): LiveRequest => ({
    seq: 1,
    time,
    method: "GET",
    route: null,
    path,
    status: 200,
    durationMs: 5,
    requestId: null,
    userId: "u1",
    client: null,
    errorId: null,
    issueId: null,
  });
  const notice = (requests: LiveRequest[], values: Partial<DigestNotice> = {}): DigestNotice => ({
    projectId: 1,
    requests,
    skipped: 0,
    errors: 0,
    issues: [],
    lagMs: 0,
    ...values,
  });

  test("are watched however many streams an app has opened", async () => {
    for (let index = 0; index < MAX_STREAMS; index++) await watch.judgeEvents(1, `s${index}`, [{}]);
    watch.takeNotice(notice([request("/a", now)]));
    await watch.turn();
    expect((await watch.listStreams(1)).find(({ stream }) => stream === "requests")).toMatchObject({ seen: 1 });
  });

  test("are watched with nothing configured, strictly", async () => {
    watch.takeNotice(notice(Array.from({ length: STAND_IN_NEEDS }, (_, index) => request(`/a/${index}`, now))));
    await watch.turn();
    watch.takeNotice(notice([request("/odd", now)], { limited: 3, refused: 2 }));
    await watch.turn();
    expect(await list("requests")).toMatchObject([{ level: 1e-4, startedAt: now }]);
    expect(await store.anomalies.get(1, (await list("requests"))[0]!.id)).toMatchObject({
      event: {
        type: "http_request",
        body: { method: "GET", path: "/odd", status_code: 200 },
        attributes: { user_id: "u1" },
      },
    });
    expect(await store.anomalies.tally(1, START, START + 1)).toMatchObject({
      requests: STAND_IN_NEEDS + 1,
      limited: 3,
      refused: 2,
      judged: 1,
      flagged: 1,
    });
  });

  test("are sampled: fifty a second and project, spread over what came", async () => {
    const many = Array.from({ length: 200 }, (_, index) => request(`/${index}`, now));
    watch.takeNotice(notice(many, { skipped: 1_000 }));
    watch.takeNotice(notice(many));
    await watch.turn();
    expect(watch.health()).toMatchObject({ events: 50, passedOver: { requests: 1_350 } });
    now += 1_000;
    watch.takeNotice(notice(many));
    await watch.turn();
    expect(watch.health().events).toBe(100);
  });

  test("wait while the store is away; the one that it failed at is counted", async () => {
    let isAway = true;
    const createStream: AnomalyStore["createStream"] = async (...order) => {
      if (isAway) throw new Error("the store is away");
      return store.anomalies.createStream(...order);
    };
    watch = open({ store: { ...store, anomalies: { ...store.anomalies, createStream } } as Store });
    watch.takeNotice(notice([request("/a", now), request("/b", now), request("/c", now)]));
    await expect(watch.turn()).rejects.toThrow("the store is away");
    expect(watch.health()).toMatchObject({ failures: 1, events: 0, passedOver: { requests: 1 } });
    isAway = false;
    await watch.turn();
    expect(watch.health()).toMatchObject({ failures: 1, events: 2, passedOver: { requests: 1 } });
  });
});

test("what is told counts against the bound from the first event after a start on", async () => {
  await warmUp();
  await watch.judgeEvents(1, "shop", [{ item: "odd" }]);
  await watch.stop();
  const again = open();
  await again.judgeEvents(1, "shop", [{ item: "odd shoe" }]);
  await again.turn();
  await again.judgeEvents(1, "shop", [{ item: "odd hat" }]);
  await again.turn();
  const rows = (await store.anomalies.listDiscovery()).map(({ state }) => new TextDecoder().decode(state));
  expect(rows.map((row) => JSON.parse(row) as unknown)).toEqual([
    { "event:shop": expect.objectContaining({ tested: 3, told: 3 }) as unknown },
  ]);
});

test("a stream that is deleted right after a start leaves nothing in the bound of one of its name", async () => {
  await warmUp();
  await watch.judgeEvents(1, "shop", [{ item: "odd" }]);
  await watch.stop();
  const again = open();
  await again.dropStream({ projectId: 1, kind: "event", stream: "shop", measure: null });
  await warmUp("shop", again);
  await again.judgeEvents(1, "shop", [{ item: "odd shoe" }]);
  await again.turn();
  const last = (await list()).at(-1)!;
  expect(await store.anomalies.get(1, last.id)).toMatchObject({
    event: { item: "odd shoe" },
    discovery: { tested: 1 },
  });
});

describe("a turn that is not known to be written", () => {
  test.each(["before", "after"] as const)(
    "because it failed %s the commit, loses and doubles no event",
    async (when) => {
      let mayFail = false;
      const commitWatch: AnomalyStore["commitWatch"] = async (commit) => {
        if (!mayFail) return store.anomalies.commitWatch(commit);
        mayFail = false;
        if (when === "after") await store.anomalies.commitWatch(commit);
        throw new Error("the thread has ended");
      };
      watch = open({ store: { ...store, anomalies: { ...store.anomalies, commitWatch } } as Store });
      await warmUp("shop", watch);
      await watch.judgeEvents(1, "shop", [{ item: "odd 1" }]);
      mayFail = true;
      await expect(watch.turn()).rejects.toThrow("the thread has ended");
      await watch.turn();
      now += 120_000;
      await watch.judgeEvents(1, "shop", [{ item: "odd 2" }]);
      await watch.turn();
      expect(await list()).toMatchObject([{ count: 1 }, { count: 1 }]);
      expect(await store.anomalies.tally(1, START, now + 1)).toMatchObject({ judged: 2, flagged: 2, told: 2 });
      expect(watch.health().failures).toBe(1);
    },
  );
});
