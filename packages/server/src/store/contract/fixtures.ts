import { randomBytes } from "node:crypto";
import type { Analysis } from "@gatewatch/protocol";
import type { OutboxRow } from "../../model/alert.ts";
import { HyperLogLog } from "../../model/hyperloglog.ts";
import type { HashDelta, IssueEventRecord, IssueHashRecord, IssueRecord } from "../../model/issue.ts";
import type { JournalPosition } from "../../model/journal.ts";
import type { ChunkRecord, RollupDelta } from "../../model/rollup.ts";
import { Sketch } from "../../model/sketch.ts";
import type { DigestTx, StoreEngine } from "../../model/store.ts";

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
/** Noon of a day in 2026, UTC. */
export const NOON = Date.UTC(2026, 4, 20, 12);

let serial = 0;

/** Runs one unit at a position after every earlier one. */
export function digest<T>(store: StoreEngine, work: (tx: DigestTx) => Promise<T>): Promise<T> {
  return store.digest(nextPosition(), work);
}

export function nextPosition(): JournalPosition {
  return { segment: 1, offset: ++serial };
}

export async function createProject(store: StoreEngine): Promise<number> {
  const slug = `project-${++serial}`;
  return (await store.control.createProject({ name: slug, slug, at: NOON })).id;
}

export function newHash(): string {
  return randomBytes(16).toString("hex");
}

export function newBatch(projectId: number, receivedAt = NOON) {
  return { id: new Uint8Array(randomBytes(16)), projectId, receivedAt, events: 10 };
}

export function sketchOf(durationsUs: readonly number[]): Uint8Array {
  const sketch = new Sketch();
  for (const duration of durationsUs) sketch.add(duration);
  return sketch.toBytes();
}

export function usersOf(names: readonly string[]): Uint8Array {
  const users = new HyperLogLog();
  for (const name of names) users.add(name);
  return users.toBytes();
}

export function countUsers(users: Uint8Array | null): number {
  return users === null ? 0 : HyperLogLog.parse(users).estimate();
}

export function draftIssue(projectId: number, values: Partial<IssueRecord> = {}): Omit<IssueRecord, "id" | "version"> {
  const { id: _id, version: _version, ...rest } = values;
  return {
    projectId,
    title: "TypeError: price is undefined",
    culprit: "src/price.ts in total",
    level: "error",
    state: "new",
    severity: "medium",
    firstSeen: NOON,
    lastSeen: NOON,
    events: 1,
    users: null,
    firstRelease: null,
    lastRelease: null,
    releases: [],
    routes: [],
    resolvedAt: null,
    resolvedInRelease: null,
    resolveInNextRelease: false,
    ignoreUntil: null,
    ignoreUntilCount: null,
    ...rest,
  };
}

/** An issue with one counted hash, as a unit of digest makes it. */
export async function addIssue(
  store: StoreEngine,
  projectId: number,
  values: Partial<IssueRecord> = {},
  delta: Partial<HashDelta> = {},
): Promise<{ issue: IssueRecord; hash: IssueHashRecord }> {
  return digest(store, async (tx) => {
    const issue = await tx.insertIssue(draftIssue(projectId, values));
    const [hash] = await tx.attachHashes([attachRow(issue, { kind: "app", hash: newHash() })]);
    await tx.addHashDeltas(projectId, [
      {
        hashId: hash!.id,
        events: issue.events,
        firstSeen: issue.firstSeen,
        lastSeen: issue.lastSeen,
        users: issue.users,
        releases: issue.releases,
        routes: issue.routes,
        hours: new Map([[issue.lastSeen - (issue.lastSeen % HOUR_MS), issue.events]]),
        ...delta,
      },
    ]);
    return { issue, hash: hash! };
  });
}

export function attachRow(issue: IssueRecord, hash: { kind: string; hash: string }) {
  const { projectId, id, title, culprit, firstSeen } = issue;
  return {
    projectId,
    issueId: id,
    algorithm: "v1",
    hash,
    title,
    culprit,
    explanation: { rule: hash.kind },
    at: firstSeen,
  };
}

export function issueEvent(
  issue: IssueRecord,
  hashId: number,
  values: Partial<IssueEventRecord> = {},
): IssueEventRecord {
  return {
    id: `event-${++serial}`,
    projectId: issue.projectId,
    issueId: issue.id,
    hashId,
    time: NOON,
    receivedAt: values.time ?? NOON,
    pin: "sample",
    release: null,
    environment: null,
    host: null,
    message: "price is undefined",
    body: new Uint8Array([1, 2, 3]),
    ...values,
  };
}

export function rollup(
  projectId: number,
  durationsUs: readonly number[],
  values: Partial<RollupDelta> = {},
): RollupDelta {
  return {
    projectId,
    time: NOON,
    route: null,
    count: durationsUs.length,
    errors: 0,
    clientErrors: 0,
    sumUs: durationsUs.reduce((sum, duration) => sum + duration, 0),
    maxUs: Math.max(...durationsUs),
    sketch: sketchOf(durationsUs),
    ...values,
  };
}

export function chunk(projectId: number, position: JournalPosition, values: Partial<ChunkRecord> = {}): ChunkRecord {
  const minTime = values.minTime ?? NOON;
  return {
    projectId,
    day: new Date(minTime).toISOString().slice(0, 10),
    kind: "request",
    segment: position.segment,
    offset: position.offset,
    part: 0,
    minTime,
    maxTime: minTime + 1_000,
    count: 3,
    body: new Uint8Array([9, 8, 7]),
    ...values,
  };
}

export function outboxRow(projectId: number, values: Partial<OutboxRow> = {}): OutboxRow {
  return {
    id: `row-${++serial}`,
    projectId,
    kind: "alert",
    channelId: 1,
    payload: { text: "hello" },
    createdAt: NOON,
    attempts: 0,
    dueAt: NOON,
    leaseUntil: null,
    state: "waiting",
    lastError: null,
    ...values,
  };
}

export function analysisOf(issueId: number, values: Partial<Analysis> = {}): Analysis {
  return {
    issueId,
    provider: "rules",
    model: null,
    status: "complete",
    createdAt: NOON,
    evidenceDigest: "d1",
    category: "system_error",
    severity: "high",
    confidence: 0.8,
    summary: "A price was missing.",
    rootCause: { text: "No price.", evidence: ["E1"] },
    location: null,
    fix: { kind: "code", text: "Check it.", evidence: [] },
    notes: [],
    droppedClaims: 0,
    evidence: [],
    ...values,
  };
}
