import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadStoredRows } from "../api/live/load-stored-rows.ts";
import { segmentName } from "../journal/segment-format.ts";
import { SharedPosition } from "../journal/journal-position.ts";
import type { FileJournal } from "../journal/file-journal.ts";
import { openFileJournal } from "../journal/open-file-journal.ts";
import { openJournalReader } from "../journal/open-journal-reader.ts";
import type { JournalRecord } from "../model/journal.ts";
import type { DigestNotice } from "../model/live.ts";
import type { StoreEngine } from "../model/store.ts";
import { openStoreEngine } from "../store/open-store.ts";
import { StoreError } from "../store/store-error.ts";
import { countStored } from "./count-stored.ts";
import { type DigestOptions, runDigest } from "./run-digest.ts";
import { createServerPorts } from "./server-ports.ts";
import { makeTestRecord, TEST_TIME } from "./test-records.ts";

let folder: string;
let engine: StoreEngine;
let journal: FileJournal;
const durable = new SharedPosition();

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "gatewatch-digest-"));
  engine = await openStoreEngine({ engine: "sqlite", dataDir: folder });
  await engine.control.createProject({ name: "One", slug: "one", at: TEST_TIME });
  await engine.control.createProject({ name: "Two", slug: "two", at: TEST_TIME });
  journal = await openFileJournal({ files: join(folder, "journal"), onDurable: (at) => durable.set(at) });
  durable.set(journal.durable());
});
afterEach(async () => {
  await journal.close();
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Digests everything that is durable and stops. */
async function digestAll(options: Partial<DigestOptions> = {}) {
  const notices: DigestNotice[] = [];
  const messages: string[] = [];
  const reader = openJournalReader({ files: join(folder, "journal"), durable: () => durable.get() });
  const digest = runDigest({
    reader,
    engine,
    ports: createServerPorts({ hasModel: false }),
    clock: () => TEST_TIME + 60_000,
    durable,
    poisonFolder: join(folder, "poison"),
    publicUrl: null,
    onCommit: (_position, some) => void notices.push(...some),
    log: (_level, message) => void messages.push(message),
    pause: async () => {},
    ...options,
  });
  const { drained } = await digest.stop(60_000);
  await reader.close();
  return { drained, notices, messages, stats: digest.stats(), done: digest.done };
}

const append = (records: JournalRecord[]) => Promise.all(records.map((record) => journal.append(record)));

function expectAgreement(
  stored: Awaited<ReturnType<typeof countStored>>,
  expected: { requests: number; errors: number },
) {
  expect(stored.requests.count).toBe(expected.requests);
  for (const table of Object.values(stored.rollups))
    expect(table).toEqual({
      count: expected.requests,
      sumUs: stored.requests.sumUs,
      inSketches: expected.requests,
    });
  expect({ errors: stored.errors, inIssues: stored.inIssues, inHashes: stored.inHashes }).toEqual({
    errors: expected.errors,
    inIssues: expected.errors,
    inHashes: expected.errors,
  });
}

test("chunks, every rollup and the issues agree, per project", async () => {
  await append([
    ...Array.from({ length: 30 }, (_, seed) => makeTestRecord({ seed, requests: 20, errors: seed % 4, logs: 2 })),
    ...Array.from({ length: 5 }, (_, i) => makeTestRecord({ seed: 100 + i, requests: 7, errors: 1, projectId: 2 })),
  ]);
  const { drained, stats, notices } = await digestAll({ maxUnitBytes: 8000 });
  expect(drained).toBe(true);
  expect(stats.units).toBeGreaterThan(3);
  const first = await countStored(engine, 1);
  expectAgreement(first, { requests: 600, errors: 30 * 1.5 - 2 });
  expect(first.issues).toBe(3);
  expect(first.logs).toBe(60);
  expectAgreement(await countStored(engine, 2), { requests: 35, errors: 5 });
  expect(stats.events).toBe(600 + 43 + 60 + 35 + 5);
  expect(notices.reduce((sum, notice) => sum + notice.requests.length + notice.skipped, 0)).toBe(635);
  expect(await engine.digestPosition()).toEqual(journal.durable());
  expect(Object.keys(stats.stageMs)).toEqual([
    "parse",
    "dedupe",
    "traffic",
    "monitors",
    "map",
    "group",
    "recover",
    "releases",
    "feedback",
    "roll up",
    "keep",
    "decide",
    "commit",
  ]);
});

test("a batch that comes again is counted once, whether in the same unit, a later one or after a restart", async () => {
  const records = Array.from({ length: 10 }, (_, seed) => makeTestRecord({ seed, errors: 1 }));
  await append([...records, records[3]!, records[3]!]);
  const first = await digestAll();
  await append([records[0]!, makeTestRecord({ seed: 50 }), records[9]!, makeTestRecord({ seed: 3, projectId: 2 })]);
  const second = await digestAll({ maxUnitBytes: 1 });
  expect([first.stats.duplicates, second.stats.duplicates]).toEqual([2, 2]);
  expectAgreement(await countStored(engine, 1), { requests: 110, errors: 10 });
  expectAgreement(await countStored(engine, 2), { requests: 10, errors: 0 });
});

test("a unit that fails after its work leaves nothing behind and is digested whole the next time", async () => {
  await append(Array.from({ length: 6 }, (_, seed) => makeTestRecord({ seed, errors: 2 })));
  let failures = 2;
  const flaky: DigestOptions["engine"] = {
    digestPosition: () => engine.digestPosition(),
    digest: (position, work) =>
      engine.digest(position, async (tx) => {
        const result = await work(tx);
        if (failures-- > 0) throw new Error("the commit was lost");
        return result;
      }),
  };
  const { stats } = await digestAll({ engine: flaky });
  expect(stats).toMatchObject({ failures: 2, poisoned: 0, units: 1, events: 72 });
  expectAgreement(await countStored(engine, 1), { requests: 60, errors: 12 });
});

test("a record that cannot be digested is put aside alone, kept and counted, and everything else goes on", async () => {
  const poison: JournalRecord = { ...makeTestRecord({ seed: 4 }), body: Buffer.from('{"batch":') };
  await append([
    ...Array.from({ length: 4 }, (_, seed) => makeTestRecord({ seed, errors: 1 })),
    poison,
    ...Array.from({ length: 4 }, (_, i) => makeTestRecord({ seed: 10 + i, errors: 1 })),
  ]);
  const { stats, messages } = await digestAll();
  expect(stats.poisoned).toBe(1);
  expectAgreement(await countStored(engine, 1), { requests: 80, errors: 8 });
  const [file] = readdirSync(join(folder, "poison"));
  const [about, body] = readFileSync(join(folder, "poison", file!), "utf8").split("\n");
  expect(JSON.parse(about!)).toMatchObject({ projectId: 1, batch: Buffer.from(poison.batchId).toString("hex") });
  expect(body).toBe('{"batch":');
  expect(messages.some((message) => message.includes(file!))).toBe(true);
  expect(await engine.digestPosition()).toEqual(journal.durable());
});

test("while the store has no room nothing is put aside, and all is digested once it has", async () => {
  await append(Array.from({ length: 5 }, (_, seed) => makeTestRecord({ seed })));
  let left = 12;
  const full: DigestOptions["engine"] = {
    digestPosition: () => engine.digestPosition(),
    digest: (position, work) =>
      left-- > 0
        ? Promise.reject(new StoreError("store_disk_full", "There is no room."))
        : engine.digest(position, work),
  };
  const { stats } = await digestAll({ engine: full });
  expect(stats).toMatchObject({ failures: 12, poisoned: 0, events: 50 });
});

test("a store that fails whatever it is given is waited for too", async () => {
  await append([makeTestRecord({ seed: 1 })]);
  let left = 9;
  const broken: DigestOptions["engine"] = {
    digestPosition: () => engine.digestPosition(),
    digest: (position, work) => (left-- > 0 ? Promise.reject(new Error("no answer")) : engine.digest(position, work)),
  };
  const { stats } = await digestAll({ engine: broken });
  expect(stats).toMatchObject({ poisoned: 0, events: 10 });
});

test("an I/O error of the store ends the digest: it is not tried again", async () => {
  await append([makeTestRecord({ seed: 1 })]);
  let calls = 0;
  const failing: DigestOptions["engine"] = {
    digestPosition: async () => null,
    digest: () => {
      calls++;
      return Promise.reject(new StoreError("store_io_failed", "fsync failed"));
    },
  };
  const { stats, done, drained } = await digestAll({ engine: failing });
  await expect(done).rejects.toMatchObject({ code: "store_io_failed" });
  expect(calls).toBe(1);
  expect(drained).toBe(false);
  expect(stats.halted).toContain("fsync failed");
});

test("damage in the journal stops the digest behind the last sound record", async () => {
  const ends = [];
  for (let seed = 0; seed < 6; seed++) ends.push(await journal.append(makeTestRecord({ seed })));
  const path = join(folder, "journal", segmentName(1));
  const bytes = readFileSync(path);
  bytes[ends[2]!.offset + 100]! ^= 1;
  writeFileSync(path, bytes);
  const { stats, done } = await digestAll();
  await expect(done).rejects.toMatchObject({ code: "journal_corrupt" });
  expect(stats.events).toBe(30);
  expect(await engine.digestPosition()).toEqual(ends[2]);
});

test("routes beyond 2,000 of a project and day share one row per method", async () => {
  const record = makeTestRecord({ seed: 1 });
  const scanner = Array.from({ length: 30 }, (_, b) => {
    const batch = JSON.parse(Buffer.from(makeTestRecord({ seed: 100 + b, requests: 100 }).body).toString());
    batch.columns.request.route = Array.from({ length: 100 }, (_, i) => `/made-up/${b}/${i}`);
    batch.columns.request.method = Array.from({ length: 100 }, (_, i) => (i % 50 === 0 ? `HACK${b}` : "GET"));
    return { ...makeTestRecord({ seed: 100 + b }), body: Buffer.from(JSON.stringify(batch)) };
  });
  await append([record, ...scanner]);
  await digestAll();
  const cells = await engine.telemetry.rollups("day_route", 1, 0, Number.MAX_SAFE_INTEGER);
  expect(cells.length).toBeLessThanOrEqual(2002);
  expect(cells.reduce((sum, cell) => sum + cell.count, 0)).toBe(3010);
  const overflow = cells.filter((cell) => cell.route?.endsWith(" *overflow*"));
  expect(overflow.map((cell) => cell.route).sort()).toEqual(["GET *overflow*", "_OTHER *overflow*"]);
  expectAgreement(await countStored(engine, 1), { requests: 3010, errors: 0 });
});

test("events received on two days lie in chunks of their own days", async () => {
  const midnight = Date.UTC(2026, 10, 21);
  await append([makeTestRecord({ seed: 1, time: midnight - 100 }), makeTestRecord({ seed: 2, time: midnight + 100 })]);
  await digestAll();
  const chunks = await engine.telemetry.chunks(1, "request", 0, Number.MAX_SAFE_INTEGER, 10);
  expect(chunks.map((chunk) => chunk.day).sort()).toEqual(["2026-11-20", "2026-11-21"]);
  const { rollups } = await countStored(engine, 1);
  expect(rollups["day"]!.count).toBe(20);
});

test("rows that are recalled from the store name the issues of their errors, of those too that no issue kept whole", async () => {
  const record = makeTestRecord({ seed: 1, requests: 60, errors: 60 });
  const batch = JSON.parse(Buffer.from(record.body).toString());
  batch.columns.request.errorId = batch.events.map(({ id }: { id: string }, i: number) => (i === 0 ? null : id));
  batch.columns.request.errorId[59] = "of-no-event";
  await append([{ ...record, body: Buffer.from(JSON.stringify(batch)) }]);
  const { notices } = await digestAll();
  const rows = await loadStoredRows(engine, { projectId: 1, now: TEST_TIME + 60_000, limit: 200 });
  expect(rows.map(({ issueId }) => issueId)).toEqual(notices[0]!.requests.map(({ issueId }) => issueId));
  expect(new Set(rows.slice(1, 59).map(({ issueId }) => issueId)).size).toBe(3);
  expect([rows[0]!.issueId, rows[59]!.issueId]).toEqual([null, null]);
  const { issues } = await engine.issues.query({ projectId: 1, sort: "events", limit: 10 });
  const kept = await Promise.all(issues.map(({ id }) => engine.issues.listEvents(1, id, 100)));
  expect(kept.flatMap(({ events }) => events).length).toBeLessThan(30);
});

test("the live view gets the newest 200 requests, numbered on, with the issue of their error", async () => {
  const record = makeTestRecord({ seed: 1, requests: 300, errors: 1 });
  const batch = JSON.parse(Buffer.from(record.body).toString());
  batch.columns.request.errorId = Array.from({ length: 300 }, (_, i) => (i === 299 ? batch.events[0].id : null));
  await append([{ ...record, body: Buffer.from(JSON.stringify(batch)) }]);
  const { notices } = await digestAll();
  expect(notices).toHaveLength(1);
  const { requests, skipped, errors, issues, lagMs } = notices[0]!;
  expect({ skipped, errors, lagMs }).toEqual({ skipped: 100, errors: 1, lagMs: 60_000 - 105 });
  expect(requests.map((row) => row.seq)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
  expect(requests.at(-1)).toMatchObject({ method: "POST", path: "/products/1-299", issueId: issues[0]!.id });
  expect(issues).toEqual([{ id: issues[0]!.id, outcome: "new" }]);
});
