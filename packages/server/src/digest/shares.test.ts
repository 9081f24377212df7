import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ErrorEvent, NativeBatch } from "@gatewatch/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { mergeIssues } from "../issues/merge-issues.ts";
import { splitIssue } from "../issues/split-issue.ts";
import { SharedPosition } from "../journal/journal-position.ts";
import type { FileJournal } from "../journal/file-journal.ts";
import { openFileJournal } from "../journal/open-file-journal.ts";
import { openJournalReader } from "../journal/open-journal-reader.ts";
import type { StoreEngine } from "../model/store.ts";
import { openStoreEngine } from "../store/open-store.ts";
import { runDigest } from "./run-digest.ts";
import { createServerPorts } from "./server-ports.ts";
import { TEST_TIME } from "./test-records.ts";

const CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36";
const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0";

let folder: string;
let engine: StoreEngine;
let journal: FileJournal;
let serial = 0;
const durable = new SharedPosition();

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "gatewatch-shares-"));
  engine = await openStoreEngine({ engine: "sqlite", dataDir: folder });
  journal = await openFileJournal({ files: join(folder, "journal"), onDurable: (at) => durable.set(at) });
  durable.set(journal.durable());
});
afterEach(async () => {
  await journal.close();
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Row {
  route: string;
  user: number;
  agent?: string;
}

/** One batch through the journal and the whole digest: a request for each row, an error for those that `failing` names. */
async function play(rows: Row[], failing: Row[], { release = "1.0.0", place = "price" } = {}): Promise<void> {
  serial += 1;
  const id = `01890a5d-ac96-774b-bcce-${serial.toString(16).padStart(12, "0")}`;
  const errors = failing.map(({ route, user, agent = CHROME }, index): ErrorEvent => {
    const frames = [{ file: `src/${place}.js`, function: place, line: 10, column: 3, inApp: true }];
    return {
      type: "error",
      id: `e-${serial}-${index}`,
      time: TEST_TIME,
      level: "error",
      handled: false,
      mechanism: "throw",
      exceptions: [{ type: "ShopError", message: `${place} failed`, frames }],
      request: { method: "GET", url: route, route, headers: {}, query: {}, userAgent: agent, status: 500 },
      user: { authenticated: true, id: user, username: null },
    };
  });
  const batch: NativeBatch = {
    batch: id,
    sentAt: TEST_TIME,
    resource: { service: "shop", release, environment: "production" },
    columns: {
      request: {
        n: rows.length,
        t0: TEST_TIME,
        time: rows.map(() => 0),
        durationUs: rows.map(() => 1000),
        status: rows.map(() => 200),
        method: rows.map(() => "GET"),
        path: rows.map(({ route }) => route),
        route: rows.map(({ route }) => route),
        userId: rows.map(({ user }) => String(user)),
        userAgent: rows.map(({ agent = CHROME }) => agent),
      },
    },
    events: errors,
  };
  await journal.append({
    projectId: 1,
    receivedAt: TEST_TIME + serial,
    batchId: Buffer.from(id.replaceAll("-", ""), "hex"),
    body: Buffer.from(JSON.stringify(batch)),
  });
  const reader = openJournalReader({ files: join(folder, "journal"), durable: () => durable.get() });
  const digest = runDigest({
    reader,
    engine,
    ports: createServerPorts({ hasModel: false }),
    clock: () => TEST_TIME + 60_000,
    durable,
    poisonFolder: join(folder, "poison"),
    publicUrl: null,
    onCommit: () => {},
    log: () => {},
    pause: async () => {},
  });
  expect(await digest.stop(60_000)).toEqual({ drained: true });
  await reader.close();
}

/** `count` requests of as many users, all on `/`. */
function visits(count: number, from = 0): Row[] {
  return Array.from({ length: count }, (_, index) => ({ route: "/", user: from + index }));
}

function fails(count: number, row: Partial<Row> = {}, from = 0): Row[] {
  return Array.from({ length: count }, (_, index) => ({ route: "/pay", user: from + index, ...row }));
}

async function onlyIssue() {
  const { issues } = await engine.issues.query({ projectId: 1, sort: "events", limit: 10 });
  expect(issues).toHaveLength(1);
  return issues[0]!;
}

async function notesOf(issueId: number): Promise<string[]> {
  return (await engine.issues.getAnalysis(1, issueId))!.notes.map(({ text }) => text);
}

test("the rules say what is special: route, client, release and who meets it, beside all requests; nothing of what is usual", async () => {
  const failing = fails(12, { agent: FIREFOX });
  await play([...visits(476), ...fails(12), ...failing], []);
  await play([], failing, { release: "2.0.0" });
  const { id, severity } = await onlyIssue();
  expect(severity).toBe("high");
  const notes = await notesOf(id);
  expect(notes).toEqual([
    "Severity high: 12 users meet it.",
    "It appeared with release 2.0.0.",
    "12 of 476 active users (3 %) met it in the last 7 days.",
    "100 % of its events have route GET /pay, but only 5 % of all requests.",
    "100 % of its events have release 2.0.0, but none of all requests.",
    "100 % of its events have client Firefox, but only 2 % of all requests.",
  ]);
});

test("how many of the active users are hit is said, and kept up to date as events double", async () => {
  await play(visits(400), []);
  await play([], fails(1));
  const { id } = await onlyIssue();
  expect(await notesOf(id)).toEqual([
    "Severity medium: by its level.",
    "Only GET /pay is affected so far.",
    "It appeared with release 1.0.0.",
  ]);
  await play([], fails(6, {}, 1));
  expect((await notesOf(id)).join()).not.toContain("active users");
  await play([], fails(2, {}, 7));
  expect(await notesOf(id)).toContain("9 of 400 active users (2 %) met it in the last 7 days.");
  // Between two doublings nothing is looked at.
  await play(visits(100, 400), fails(2));
  expect(await notesOf(id)).toContain("9 of 400 active users (2 %) met it in the last 7 days.");
  await play([], fails(5));
  expect(await notesOf(id)).toContain("9 of 500 active users (2 %) met it in the last 7 days.");
});

test("one user who stands for most events is told, without a name", async () => {
  await play(visits(400), []);
  await play([], [...fails(3), ...Array.from({ length: 30 }, () => ({ route: "/pay", user: 77 }))]);
  const { id } = await onlyIssue();
  const notes = await notesOf(id);
  expect(notes).toContain("One user alone meets 91 % of its events, with under 1 % of all requests.");
  expect(JSON.stringify(await engine.issues.getAnalysis(1, id))).not.toContain("77");
});

test("an issue is critical once a fifth of the active users meet it, in the unit that tells so", async () => {
  await play(visits(150), []);
  await play([], fails(29));
  expect((await onlyIssue()).severity).toBe("high");
  await play([], fails(1, {}, 29));
  const { id, severity } = await onlyIssue();
  expect(severity).toBe("critical");
  expect(await engine.issues.getAnalysis(1, id)).toMatchObject({
    severity: "critical",
    notes: expect.arrayContaining([
      expect.objectContaining({ text: "Severity critical: 30 of 150 active users meet it." }),
    ]),
  });
  await play([], fails(1));
  expect((await onlyIssue()).severity).toBe("critical");
  await play(visits(100, 1000), fails(1));
  expect((await onlyIssue()).severity).toBe("high");
});

test("a new issue that comes with all its users in one unit is critical at once", async () => {
  await play(visits(110), fails(22));
  expect((await onlyIssue()).severity).toBe("critical");
});

test("where no requests are known nothing is said of shares, and only the number of users counts", async () => {
  await play([], fails(40));
  const { id, severity } = await onlyIssue();
  expect(severity).toBe("high");
  expect((await notesOf(id)).join()).not.toMatch(/active|requests/);
});

test("a merge adds up shares and severity, and a split gives both sides their own back", async () => {
  await play(visits(120), []);
  await play([], fails(13, { route: "/pay" }), { place: "price" });
  await play([], fails(13, { route: "/cart" }, 13), { place: "stock" });
  const { issues } = await engine.issues.query({ projectId: 1, sort: "firstSeen", limit: 10 });
  const byTitle = (part: string) => issues.find(({ title }) => title.includes(part))!;
  const [price, stock] = [byTitle("price"), byTitle("stock")];
  expect([price.severity, stock.severity]).toEqual(["high", "high"]);
  const before = await Promise.all([price, stock].map(({ id }) => engine.issues.spreads(1, id, 0)));
  const hashIds = (await engine.issues.listHashes(1, stock.id)).map(({ id }) => id);
  const command = { projectId: 1, by: "ada", at: TEST_TIME + 60_000 };
  const merged = await mergeIssues(engine, { ...command, into: price.id, from: [stock.id] });
  expect(merged.severity).toBe("critical");
  const split = await splitIssue(engine, { ...command, issueId: price.id, hashIds });
  expect([split.severity, (await engine.issues.get(1, price.id))?.severity]).toEqual(["high", "high"]);
  expect(await engine.issues.spreads(1, price.id, 0)).toEqual(before[0]);
  expect(await engine.issues.spreads(1, split.id, 0)).toEqual(before[1]);
});
