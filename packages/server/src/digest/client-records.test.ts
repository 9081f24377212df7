import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createSentryDecoders } from "../intake/sentry/create-sentry-decoders.ts";
import { type Item, makeEnvelope, makeEvent } from "../intake/sentry/testing/envelopes.ts";
import type { FileJournal } from "../journal/file-journal.ts";
import { SharedPosition } from "../journal/journal-position.ts";
import { openFileJournal } from "../journal/open-file-journal.ts";
import { openJournalReader } from "../journal/open-journal-reader.ts";
import { HyperLogLog } from "../model/hyperloglog.ts";
import type { JournalRecord } from "../model/journal.ts";
import type { StoreEngine } from "../model/store.ts";
import { createMonitorWatch } from "../monitors/watch-monitors.ts";
import { makeOverdueRecord } from "../monitors/overdue-event.ts";
import { openStoreEngine } from "../store/open-store.ts";
import { MAX_MONITORS } from "./apply-check-ins.ts";
import { OVERFLOW_RELEASE } from "./release-budget.ts";
import { runDigest } from "./run-digest.ts";
import { createServerPorts } from "./server-ports.ts";

const NOON = Date.parse("2026-11-20T12:00Z");
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const decoder = createSentryDecoders()["sentryEnvelope"]!;
const durable = new SharedPosition();
let folder: string;
let engine: StoreEngine;
let journal: FileJournal;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "gatewatch-clients-"));
  engine = await openStoreEngine({ engine: "sqlite", dataDir: folder });
  await engine.control.createProject({ name: "One", slug: "one", at: NOON });
  journal = await openFileJournal({ files: join(folder, "journal"), onDurable: (at) => durable.set(at) });
});
afterEach(async () => {
  await journal.close();
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What the intake makes of an envelope. */
function recordsOf(items: readonly Item[], receivedAt: number, header: object = {}): JournalRecord[] {
  const decoded = decoder.decode(makeEnvelope(header, items), { projectId: 1, receivedAt, addressKey: null });
  return [decoded, ...(decoded.also ?? [])].map(({ batchId, body }) => ({ projectId: 1, receivedAt, batchId, body }));
}

/** Digests these records and stops; the last commit is lost as often as told. */
async function digest(records: readonly JournalRecord[], now: number, lostCommits = 0): Promise<void> {
  for (const record of records) await journal.append(record);
  const reader = openJournalReader({ files: join(folder, "journal"), durable: () => durable.get() });
  const running = runDigest({
    reader,
    engine: {
      digestPosition: () => engine.digestPosition(),
      digest: (position, work) =>
        engine.digest(position, async (tx) => {
          const result = await work(tx);
          if (lostCommits-- > 0) throw new Error("the commit was lost");
          return result;
        }),
    },
    ports: createServerPorts({ hasModel: false }),
    clock: () => now,
    durable,
    poisonFolder: join(folder, "poison"),
    publicUrl: null,
    onCommit: () => undefined,
    log: () => undefined,
    pause: async () => {},
  });
  const { drained } = await running.stop(60_000);
  expect([drained, running.stats().poisoned]).toEqual([true, 0]);
  await reader.close();
}

const issues = async () =>
  (await engine.issues.query({ projectId: 1, sort: "firstSeen", limit: 50 })).issues.map(({ title, state, events }) => [
    title,
    state,
    events,
  ]);

describe("check-ins", () => {
  const config = { schedule: { type: "crontab", value: "0 * * * *" }, checkin_margin: 5, max_runtime: 10 };
  const checkIn = (status: string, minute: number, more: object = {}) =>
    recordsOf(
      [["check_in", { monitor_slug: "nightly", status, monitor_config: config, ...more }]],
      NOON + minute * MINUTE,
    );
  const find = async () => (await engine.clients.listMonitors(1))[0]!;

  test("advance their monitor exactly once, and a failure is an issue until it recovers", async () => {
    const id = "a".repeat(32);
    const begin = checkIn("in_progress", 0, { check_in_id: id });
    await digest([...begin, ...checkIn("error", 1, { check_in_id: id, duration: 60 }), ...begin], NOON + MINUTE, 2);
    expect(await find()).toMatchObject({
      slug: "nightly",
      environment: "production",
      state: "failed",
      failures: 1,
      checkInId: id,
      lastDurationS: 60,
      expectedAt: NOON + HOUR,
      dueAt: NOON + 65 * MINUTE,
    });
    expect(await issues()).toEqual([["MonitorFailure: nightly in production failed", "new", 1]]);
    await digest(checkIn("ok", 61), NOON + 2 * HOUR);
    expect(await issues()).toEqual([["MonitorFailure: nightly in production failed", "resolved", 1]]);
    // The digest came late: the next failure happened after the recovery all the same.
    await digest(checkIn("error", 62), NOON + 2 * HOUR);
    expect(await issues()).toEqual([["MonitorFailure: nightly in production failed", "regressed", 2]]);
  });

  test("of one unit that fail and recover leave a resolved issue", async () => {
    await digest([...checkIn("error", 0), ...checkIn("ok", 1), ...checkIn("error", 2), ...checkIn("ok", 3)], NOON);
    expect(await issues()).toEqual([["MonitorFailure: nightly in production failed", "resolved", 2]]);
    await digest([...checkIn("error", 4), ...checkIn("ok", 5), ...checkIn("error", 6)], NOON);
    expect(await issues()).toEqual([["MonitorFailure: nightly in production failed", "regressed", 4]]);
  });

  test("that are missing are told once, however often and by however many they are noticed", async () => {
    await digest(checkIn("ok", 1), NOON + MINUTE);
    const overdue = async () => {
      const [monitor] = await engine.clients.listOverdueMonitors(NOON + 66 * MINUTE, 10);
      return makeOverdueRecord({ ...monitor!, dueAt: monitor!.dueAt! }, NOON + 66 * MINUTE);
    };
    const record = await overdue();
    await digest([record, await overdue()], NOON + 66 * MINUTE);
    await digest([record], NOON + 67 * MINUTE);
    expect(await find()).toMatchObject({ state: "missed", failures: 1, dueAt: NOON + 125 * MINUTE });
    expect(await issues()).toEqual([["MonitorFailure: nightly in production missed a run", "new", 1]]);
  });

  test("that come before the digest has heard of their absence win", async () => {
    await digest(checkIn("ok", 1), NOON + MINUTE);
    const monitor = await find();
    const record = makeOverdueRecord({ ...monitor, dueAt: monitor.dueAt! }, NOON + 65 * MINUTE);
    await digest([...checkIn("ok", 64), record], NOON + 65 * MINUTE);
    expect(await find()).toMatchObject({ state: "ok", failures: 0 });
    expect(await issues()).toEqual([]);
  });

  test("keep at most so many monitors of a project", async () => {
    const items = Array.from({ length: MAX_MONITORS + 20 }, (_, index): Item => [
      "check_in",
      { monitor_slug: `job-${index}`, status: "ok" },
    ]);
    await digest(recordsOf(items, NOON), NOON);
    await digest(recordsOf([["check_in", { monitor_slug: "one-more", status: "ok" }], items[0]!], NOON + 1), NOON);
    const monitors = await engine.clients.listMonitors(1);
    expect(monitors).toHaveLength(MAX_MONITORS);
    expect(monitors.find(({ slug }) => slug === "job-0")).toMatchObject({ successes: 2 });
  });
});

describe("the watch over monitors", () => {
  const config = { schedule: { type: "crontab", value: "0 * * * *" }, checkin_margin: 5, max_runtime: 10 };
  const checkIn = (slug: string, status: string, minute: number) =>
    recordsOf(
      [["check_in", { monitor_slug: slug, status, monitor_config: config, check_in_id: slug }]],
      NOON + minute * MINUTE,
    );
  let now: number;
  const watchWith = (sink: JournalRecord[]) =>
    createMonitorWatch({
      store: engine,
      journal: { append: async (record) => ({ segment: 0, offset: sink.push(record) }) },
      clock: () => now,
    });
  const states = async () =>
    (await engine.clients.listMonitors(1)).map(({ slug, state, failures, dueAt }) => [
      slug,
      state,
      failures,
      (dueAt! - NOON) / MINUTE,
    ]);

  /** Looks every minute until a minute, and digests what was noticed. */
  async function watchUntil(
    minute: number,
    watches: { turn(): Promise<number> }[],
    sink: JournalRecord[],
  ): Promise<void> {
    for (; now <= NOON + minute * MINUTE; now += MINUTE) {
      for (const watch of watches) await watch.turn();
      if (sink.length > 0) await digest(sink.splice(0), now);
    }
  }

  test("tells of each missed and overlong run once, with two of them on one store", async () => {
    now = NOON;
    await digest([...checkIn("idle", "ok", 0), ...checkIn("long", "in_progress", 0)], NOON);
    const sink: JournalRecord[] = [];
    const watches = [watchWith(sink), watchWith(sink)];
    await watchUntil(9, watches, sink);
    expect(await states()).toEqual([
      ["idle", "ok", 0, 65],
      ["long", "running", 0, 10],
    ]);
    await watchUntil(64, watches, sink);
    expect(await states()).toEqual([
      ["idle", "ok", 0, 65],
      ["long", "overrun", 1, 65],
    ]);
    await watchUntil(130, watches, sink);
    expect(await states()).toEqual([
      ["idle", "missed", 2, 185],
      ["long", "missed", 3, 185],
    ]);
    expect((await issues()).toSorted()).toEqual([
      ["MonitorFailure: idle in production missed a run", "new", 2],
      ["MonitorFailure: long in production ran for too long", "new", 3],
    ]);
  });

  test("says nothing of what fell into the time when the server was away, and judges what comes after", async () => {
    now = NOON;
    const sink: JournalRecord[] = [];
    await digest([...checkIn("early", "ok", 0), ...checkIn("running", "in_progress", 58)], NOON);
    await watchUntil(59, [watchWith(sink)], sink);
    // A new process, three hours later and some minutes before the next run is due.
    now = NOON + 243 * MINUTE;
    await watchUntil(250, [watchWith(sink)], sink);
    expect(await states()).toEqual([
      ["early", "ok", 0, 305],
      ["running", "ok", 0, 305],
    ]);
    expect(await issues()).toEqual([]);
    await digest(checkIn("running", "error", 251), now);
    await watchUntil(306, [watchWith(sink)], sink);
    expect(await states()).toEqual([
      ["early", "missed", 1, 365],
      ["running", "missed", 2, 365],
    ]);
  });

  test("judges what was due before the server went away", async () => {
    now = NOON;
    const sink: JournalRecord[] = [];
    await digest(checkIn("nightly", "ok", 0), NOON);
    // It saw that nothing came until 13:06, and ended before it could tell.
    await watchUntil(64, [watchWith([])], sink);
    await engine.control.setSetting("monitors.watch", { aliveAt: NOON + 66 * MINUTE, gaps: [] });
    now = NOON + 100 * MINUTE;
    await watchUntil(100, [watchWith(sink)], sink);
    expect(await states()).toEqual([["nightly", "missed", 1, 125]]);
  });

  test("tells again what could not be written", async () => {
    now = NOON + 66 * MINUTE;
    await digest(checkIn("nightly", "ok", 0), NOON);
    let failures = 1;
    const sink: JournalRecord[] = [];
    const watch = createMonitorWatch({
      store: engine,
      journal: {
        append: async (record) => {
          if (failures-- > 0) throw new Error("disk full");
          return { segment: 0, offset: sink.push(record) };
        },
      },
      clock: () => now,
    });
    await expect(watch.turn()).rejects.toThrow("disk full");
    await watch.turn();
    await watch.turn();
    expect(sink).toHaveLength(1);
  });
});

describe("sessions", () => {
  const attrs = { release: "shop@1", environment: "live" };
  const session = (sid: string, status: string, more: object = {}): Item => [
    "session",
    { sid, init: false, status, errors: 0, started: new Date(NOON).toISOString(), attrs, ...more },
  ];
  const sums = async () =>
    (await engine.clients.sumReleaseHealth(1, NOON - DAY, NOON + DAY)).map(
      ({ release, sessions, errored, abnormal, crashed }) => [release, sessions, errored, abnormal, crashed],
    );

  test("count once each, in the gravest state that was told of them, over units and lost commits", async () => {
    await digest(
      recordsOf([session("a", "ok", { init: true }), session("b", "ok"), session("a", "ok", { errors: 2 })], NOON),
      NOON,
      1,
    );
    expect(await sums()).toEqual([["shop@1", 2, 1, 0, 0]]);
    await digest(
      recordsOf([session("a", "crashed"), session("a", "ok", { errors: 1 }), session("c", "abnormal")], NOON),
      NOON,
    );
    await digest(recordsOf([session("a", "exited"), session("b", "exited")], NOON), NOON);
    expect(await sums()).toEqual([["shop@1", 3, 0, 1, 1]]);
  });

  test("that a server has counted are added, and people are estimated", async () => {
    const counted: Item = [
      "sessions",
      { attrs, aggregates: [{ started: new Date(NOON).toISOString(), exited: 7, errored: 2, crashed: 1 }] },
    ];
    const items = ["ada", "bob", "ada"].map((did, index) =>
      session(`s${index}`, index === 1 ? "crashed" : "ok", { did }),
    );
    await digest(recordsOf([counted, ...items], NOON), NOON);
    await digest(
      recordsOf([session("s0", "crashed", { did: "ada" }), session("s9", "ok", { did: "cem" })], NOON),
      NOON,
    );
    expect(await sums()).toEqual([["shop@1", 14, 2, 0, 3]]);
    const [row] = await engine.clients.listReleaseUsers(1, NOON - DAY, NOON);
    const count = (bytes: Uint8Array) => HyperLogLog.parse(bytes).estimate();
    expect([count(row!.users), count(row!.crashed)]).toEqual([3, 2]);
  });

  test("that began too long ago, or name no release, are not counted", async () => {
    const old = new Date(NOON - 6 * DAY).toISOString();
    await digest(recordsOf([session("a", "ok", { started: old }), session("b", "ok", { attrs: {} })], NOON), NOON);
    expect(await sums()).toEqual([]);
  });

  test("of made-up releases share one row", async () => {
    const items = Array.from({ length: 300 }, (_, index) =>
      session(`s${index}`, "ok", { attrs: { release: `r${index}` } }),
    );
    await digest(
      [0, 100, 200].flatMap((from) => recordsOf(items.slice(from, from + 100), NOON)),
      NOON,
    );
    const all = await sums();
    expect(all).toHaveLength(201);
    expect(all.find(([release]) => release === OVERFLOW_RELEASE)).toEqual([OVERFLOW_RELEASE, 100, 0, 0, 0]);
  });
});

test("events of these names that no decoder made are bounded, and poison nothing", async () => {
  const long = "x".repeat(100_000);
  const nasty = [null, -1, 1.5, 1e308, long, "", [], {}, true];
  const names = {
    "sentry.check_in": ["monitor", "status", "checkIn", "durationS", "environment", "schedule", "unit", "marginMin"],
    "sentry.session": ["visit", "user", "startedAt", "status", "errors", "exited", "crashed"],
    "sentry.feedback": ["message", "name", "email", "url", "errorId"],
    "gatewatch.monitor_overdue": ["monitor", "environment", "state", "dueAt", "lastCheckInAt"],
  };
  const good = {
    monitor: "m",
    status: "error",
    scheduleKind: "interval",
    schedule: "5",
    unit: "minute",
    message: "hello",
  };
  const events = Object.entries(names).flatMap(([name, fields]) =>
    fields.flatMap((field) =>
      nasty.map((value) => ({
        type: "custom",
        name,
        time: NOON,
        attributes: { ...good, visit: field, [field]: value },
      })),
    ),
  );
  const batch = { batch: "01890a5d-ac96-774b-bcce-b302099a8057", sentAt: NOON, resource: { release: "1" }, events };
  const batchId = Buffer.from(batch.batch.replaceAll("-", ""), "hex");
  await digest([{ projectId: 1, receivedAt: NOON, batchId, body: Buffer.from(JSON.stringify(batch)) }], NOON);
  const kept = JSON.stringify([
    await engine.clients.listMonitors(1),
    await engine.clients.sumReleaseHealth(1, 0, Number.MAX_SAFE_INTEGER),
    await engine.clients.listFeedback(1, { issueId: null, before: null, limit: 200 }),
  ]);
  expect([kept.includes('"m"'), kept.includes("hello"), kept.includes("x".repeat(4097))]).toEqual([true, true, false]);
});

describe("feedback", () => {
  const ID = "5b3c0f8e2a7d4c6b9e1f0a2d4c6b8e0f";
  const report: Item = [
    "user_report",
    { event_id: ID, name: "Ada", email: "ada@example.com", comments: "it broke, password=hunter2 <script>" },
  ];
  const list = async () =>
    (await engine.clients.listFeedback(1, { issueId: null, before: null, limit: 10 })).map(
      ({ message, errorId, issueId, name }) => [message, errorId, issueId, name],
    );

  test("is kept with the issue of its error, whichever comes first, and without secrets", async () => {
    const event = recordsOf([["event", makeEvent(NOON)]], NOON, { event_id: ID });
    await digest(recordsOf([report], NOON), NOON);
    const [kept] = await list();
    expect(kept).toEqual([expect.stringMatching(/^it broke, password=\[REDACTED\]/), ID, null, "Ada"]);
    await digest(event, NOON, 1);
    const { id } = (await engine.issues.query({ projectId: 1, sort: "firstSeen", limit: 1 })).issues[0]!;
    expect((await list()).map(([, , issueId]) => issueId)).toEqual([id]);
    await digest(
      recordsOf([["feedback", { contexts: { feedback: { message: "slow", associated_event_id: ID } } }], report], NOON),
      NOON,
      1,
    );
    expect(
      (await engine.clients.listFeedback(1, { issueId: id, before: null, limit: 10 })).map(({ message }) => message),
    ).toEqual([expect.stringContaining("it broke"), "slow", expect.stringContaining("it broke")]);
  });
});
