import { expect, test } from "vitest";
import type { Subject } from "../../model/anomaly.ts";
import { firstSpreadDay, Spread } from "../../model/spread.ts";
import type { RetentionPolicy, StoreEngine } from "../../model/store.ts";
import {
  addIssue,
  chunk,
  DAY_MS,
  digest,
  HOUR_MS,
  issueEvent,
  newBatch,
  nextPosition,
  NOON,
  outboxRow,
  rollup,
} from "./fixtures.ts";
import { anomalyOf, commitOf } from "./anomalies-contract.ts";
import type { StoreHarness } from "./store-harness.ts";

const POLICY: RetentionPolicy = {
  rawMaxAgeMs: 30 * DAY_MS,
  minuteMaxAgeMs: 14 * DAY_MS,
  minuteRouteMaxAgeMs: 2 * DAY_MS,
  hourRouteMaxAgeMs: 90 * DAY_MS,
  dayMaxAgeMs: 730 * DAY_MS,
  samplesPerIssue: 10,
  maxBytes: 1e12,
  batchIdMaxAgeMs: 2 * DAY_MS,
};

export function maintenanceContract(harness: () => StoreHarness): void {
  const chunkDays = async (store: StoreEngine) =>
    (await store.telemetry.chunks(1, "request", 0, NOON * 2, 1_000)).map((row) => row.day);

  async function putDays(store: StoreEngine, days: number, bytes = 10): Promise<void> {
    const position = nextPosition();
    await store.digest(position, (tx) =>
      tx.putChunks(
        Array.from({ length: days }, (_, age) =>
          chunk(1, position, { part: age, minTime: NOON - age * DAY_MS, body: new Uint8Array(bytes).fill(age) }),
        ),
      ),
    );
  }

  test("a store says its schema version and its size", async () => {
    const store = await harness().open();
    expect(await store.maintenance.schemaVersion()).toBeGreaterThan(0);
    expect(await store.maintenance.size()).toBeGreaterThan(0);
  });

  test("everything is there after the store was closed and opened again", async () => {
    const store = await harness().open();
    const { issue } = await addIssue(store, 1);
    await putDays(store, 2);
    const position = await store.digestPosition();
    const again = await harness().reopen(store);
    expect(await again.digestPosition()).toEqual(position);
    expect(await again.issues.get(1, issue.id)).toEqual(issue);
    expect(await chunkDays(again)).toHaveLength(2);
    expect(await again.control.listProjects()).toHaveLength(1);
  });

  test("retention drops whole days of chunks by age", async () => {
    const store = await harness().open();
    await putDays(store, 5);
    const result = await store.maintenance.applyRetention({ ...POLICY, rawMaxAgeMs: 2 * DAY_MS }, NOON);
    expect(result.droppedDays).toEqual(["2026-05-16", "2026-05-17"]);
    expect(await chunkDays(store)).toEqual(["2026-05-20", "2026-05-19", "2026-05-18"]);
    expect(result.bytes).toBe(await store.maintenance.size());
  });

  test("retention drops the oldest days until the store is within its bytes, never today", async () => {
    const store = await harness().open();
    const empty = await store.maintenance.size();
    await putDays(store, 4, 1_000_000);
    const result = await store.maintenance.applyRetention({ ...POLICY, maxBytes: empty + 2_900_000 }, NOON);
    expect(result.droppedDays).toEqual(["2026-05-17", "2026-05-18"]);
    expect(result.bytes).toBeLessThanOrEqual(empty + 2_900_000);
    await store.maintenance.applyRetention({ ...POLICY, maxBytes: 1 }, NOON);
    expect(await chunkDays(store)).toEqual(["2026-05-20"]);
  });

  test("retention drops rollups by the age of their table, and batch ids", async () => {
    const store = await harness().open();
    const batch = newBatch(1, NOON - 4 * DAY_MS);
    const ages = {
      minute: 20,
      minute_route: 3,
      five_minute: 20,
      five_minute_route: 3,
      hour: 100,
      hour_route: 100,
      day: 800,
      day_route: 800,
    } as const;
    const tables = Object.keys(ages) as (keyof typeof ages)[];
    await digest(store, async (tx) => {
      await tx.addBatches([batch]);
      for (const table of tables) {
        const route = table.endsWith("route") ? "GET /" : null;
        await tx.addRollups(table, [
          rollup(1, [1], { time: NOON - ages[table] * DAY_MS, route }),
          rollup(1, [1], { time: NOON - HOUR_MS, route }),
        ]);
      }
    });
    const { deletedRows } = await store.maintenance.applyRetention(POLICY, NOON);
    expect(deletedRows).toBeGreaterThanOrEqual(9);
    for (const table of tables)
      expect((await store.telemetry.rollups(table, 1, 0, NOON)).map((cell) => cell.time)).toEqual([NOON - HOUR_MS]);
    expect(await digest(store, (tx) => tx.addBatches([batch]))).toEqual([]);
  });

  test("retention drops anomalies, their history and tallies with the oldest routes, and nothing that goes on", async () => {
    const store = await harness().open();
    const subject: Subject = { projectId: 1, kind: "series", stream: "", measure: "requests" };
    const startedAt = NOON - 91 * DAY_MS;
    const tally = { judged: 1, flagged: 0, expected: 0, told: 0, requests: 0, limited: 0, refused: 0 };
    const rows = await store.anomalies.commitWatch(
      commitOf({
        anomalies: [
          anomalyOf(subject, { startedAt, endedAt: startedAt + 1 }),
          anomalyOf(subject, { startedAt, endedAt: null }),
          anomalyOf(subject),
        ],
        tallies: [
          { projectId: 1, time: startedAt, ...tally },
          { projectId: 1, time: NOON, ...tally },
        ],
      }),
    );
    await store.anomalies.setFeedback(1, rows[0]!.id, "dismissed", { at: startedAt, by: "ann", reason: null });
    await store.maintenance.applyRetention(POLICY, NOON);
    const left = await store.anomalies.query({ projectId: 1, limit: 9 });
    expect(left.anomalies.map(({ id }) => id)).toEqual([rows[2]!.id, rows[1]!.id]);
    expect(await store.anomalies.history(1, rows[0]!.id)).toEqual([]);
    expect((await store.anomalies.tally(1, 0, NOON + 1)).judged).toBe(1);
  });

  test("retention drops spreads of days that nobody looks at any more", async () => {
    const store = await harness().open();
    const oldest = firstSpreadDay(NOON);
    const spreads = new Map([oldest - 1, oldest].map((day) => [day, new Spread().toBytes()]));
    const { issue } = await addIssue(store, 1, {}, { spreads });
    await digest(store, (tx) => tx.addTraffic(1, spreads));
    const count = async () => {
      const { issue: ofIssue, traffic } = await store.issues.spreads(1, issue.id, 0);
      return [ofIssue.length, traffic.length];
    };
    expect(await count()).toEqual([2, 2]);
    await store.maintenance.applyRetention(POLICY, NOON);
    expect(await count()).toEqual([1, 1]);
  });

  test("retention thins samples and never touches first, latest and regression events", async () => {
    const store = await harness().open();
    const { issue, hash } = await addIssue(store, 1);
    const old = NOON - 60 * DAY_MS;
    const pinned = (["first", "regression", "latest"] as const).map((pin, index) =>
      issueEvent(issue, hash.id, { pin, time: old + index }),
    );
    const aged = issueEvent(issue, hash.id, { time: old + 9 });
    const samples = Array.from({ length: 30 }, (_, index) =>
      issueEvent(issue, hash.id, { time: NOON - 1_000 + index }),
    );
    await digest(store, (tx) => tx.addIssueEvents([...pinned, aged, ...samples]));
    await store.maintenance.applyRetention({ ...POLICY, maxBytes: 1 }, NOON);
    const { events } = await store.issues.listEvents(1, issue.id, 100);
    expect(events.toReversed()).toEqual(pinned);
    const kept = await store.issues.get(1, issue.id);
    expect(kept).toEqual(issue);
  });

  test("retention keeps at most the samples that the policy allows", async () => {
    const store = await harness().open();
    const { issue, hash } = await addIssue(store, 1);
    const samples = Array.from({ length: 30 }, (_, index) =>
      issueEvent(issue, hash.id, { time: NOON - 1_000 + index }),
    );
    await digest(store, (tx) => tx.addIssueEvents(samples));
    await store.maintenance.applyRetention(POLICY, NOON);
    const { events } = await store.issues.listEvents(1, issue.id, 100);
    expect(events.length).toBeLessThanOrEqual(10);
    expect(events.at(-1)!.id).toBe(samples[0]!.id);
  });

  test("retention forgets delivered rows, expired sessions and links, and keeps what waits", async () => {
    const store = await harness().open();
    const old = NOON - 60 * DAY_MS;
    const delivered = outboxRow(1, { createdAt: old, state: "delivered" });
    const waiting = outboxRow(1, { createdAt: old });
    await store.outbox.add([delivered, waiting]);
    const session = { id: "s", userId: 1, createdAt: old, lastSeenAt: old, expiresAt: NOON - 1, userAgent: null };
    await store.control.createSession(session);
    await store.maintenance.applyRetention(POLICY, NOON);
    expect(await store.outbox.list({ limit: 10 })).toEqual([waiting]);
    expect(await store.control.findSession("s")).toBeNull();
  });

  test("a backup opens and holds the same, and later writes are not in it", async () => {
    const store = await harness().open();
    const { issue, hash } = await addIssue(store, 1, { title: "tab\t, line\n, \\N and é" });
    const event = issueEvent(issue, hash.id, { pin: "first", body: new Uint8Array([0, 9, 10, 92, 255]) });
    await digest(store, async (tx) => {
      await tx.addIssueEvents([event]);
      await tx.addRollups("minute_route", [rollup(1, [1, 2], { route: "GET /é\\x" })]);
      await tx.addBatches([newBatch(1)]);
    });
    const subject: Subject = { projectId: 1, kind: "event", stream: "é", measure: null };
    const [odd] = await store.anomalies.commitWatch(commitOf({ watchedUntil: NOON, anomalies: [anomalyOf(subject)] }));
    await putDays(store, 2, 20_000);
    const position = await store.digestPosition();
    const chunks = await store.telemetry.chunks(1, "request", 0, NOON * 2, 10);
    const { path, bytes } = await store.maintenance.backup(harness().backupTarget());
    expect(bytes).toBeGreaterThan(0);
    await addIssue(store, 1);

    const copy = await harness().openBackup(path);
    expect(await copy.digestPosition()).toEqual(position);
    expect((await copy.issues.query({ projectId: 1, sort: "lastSeen", limit: 9 })).issues).toEqual([issue]);
    expect(await copy.issues.getEvent(1, event.id)).toEqual(event);
    expect(await copy.telemetry.rollups("minute_route", 1, 0, NOON * 2)).toMatchObject([
      { count: 2, route: "GET /é\\x" },
    ]);
    expect(await copy.telemetry.chunks(1, "request", 0, NOON * 2, 10)).toEqual(chunks);
    expect(await copy.anomalies.get(1, odd!.id)).toEqual(anomalyOf(subject, { id: odd!.id }));
    expect(await copy.anomalies.watchedUntil()).toBe(NOON);
    const next = await addIssue(copy, 1);
    expect(next.issue.id, "ids go on where they were").toBeGreaterThan(issue.id);
  });
}
