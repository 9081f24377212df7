import type { Severity } from "@gatewatch/protocol";
import {
  routeErrorKey,
  type AppliedErrors,
  type AppliedIssue,
  type ErrorArrival,
  type RouteErrorCount,
} from "../model/applied-errors.ts";
import type { IssueEventRecord, IssueHashRecord, IssueRecord } from "../model/issue.ts";
import type { DigestTx } from "../model/store.ts";
import { measureReach } from "../model/issue-spread.ts";
import { firstSpreadDay, joinSpreads } from "../model/spread.ts";
import { mayBeWide, weighReach } from "../model/weigh-reach.ts";
import { foldSlot, type FoldedSlot, type JudgeSeverity } from "./fold-slot.ts";
import { packEvent } from "./pack-event.ts";
import { groupArrivals, hashesOf, resolveSlots, type IssueSlot } from "./resolve-slots.ts";

const MINUTE_MS = 60_000;
const MAX_MESSAGE_CHARACTERS = 200;
const SEVERITY_BY_LEVEL = { fatal: "high", error: "medium", warning: "low" } as const satisfies Record<
  string,
  Severity
>;

/**
 * Groups the errors of one project and unit, creates and advances their issues, and stores counts, sample events and activity.
 * `judge` judges severity; without it the level of the event does. The number of calls on `tx` grows with new issues alone.
 */
export async function applyErrors(
  tx: DigestTx,
  projectId: number,
  events: ErrorArrival[],
  now: number,
  judge: JudgeSeverity = (event) => ({ severity: SEVERITY_BY_LEVEL[event.level], widens: false }),
): Promise<AppliedErrors> {
  if (events.length === 0) return { projectId, issues: [], issueByEvent: new Map(), exceptions: [] };
  const grouped = groupArrivals(events);
  const hashes = new Set(grouped.flatMap(({ grouping }) => hashesOf(grouping).map(({ hash }) => hash)));
  const known = await tx.findHashes(projectId, [...hashes]);
  const slots = resolveSlots(grouped, known);
  const folded = await foldSlots(tx, projectId, slots, judge);

  const attached = await attachUnknown(tx, projectId, folded);
  const hashIds = new Map([...known, ...attached].map((record) => [record.hash, record.id]));
  await tx.addHashDeltas(
    projectId,
    folded.flatMap(({ result }) =>
      [...result.deltas].map(([hash, delta]) => Object.assign({ hashId: idOfHash(hashIds, hash) }, delta)),
    ),
  );
  const raised = await weighRecentReach(tx, projectId, folded, now);
  const changed = folded.filter((item) => item.before !== null || raised.has(item)).map(({ result }) => result.record);
  if (changed.length > 0) await tx.updateIssues(changed);
  await tx.addIssueEvents(folded.flatMap(({ result }) => toEventRecords(result, hashIds)));
  await addActivity(tx, folded, now);

  const issueByEvent = new Map<string, number>();
  for (const { slot, result } of folded)
    for (const { arrival } of slot.arrivals) issueByEvent.set(arrival.event.id, result.record.id);
  return { projectId, issues: folded.map(toApplied), issueByEvent, exceptions: countByRoute(events) };
}

interface Folded {
  slot: IssueSlot;
  before: IssueRecord | null;
  result: FoldedSlot;
}

async function foldSlots(tx: DigestTx, projectId: number, slots: IssueSlot[], judge: JudgeSeverity): Promise<Folded[]> {
  const ids = slots.map((slot) => slot.issueId).filter((id) => id !== null);
  const existing = new Map((ids.length === 0 ? [] : await tx.getIssues(projectId, ids)).map((row) => [row.id, row]));
  const folded: Folded[] = [];
  for (const slot of slots) {
    const before = slot.issueId === null ? null : (existing.get(slot.issueId) ?? null);
    if (slot.issueId !== null && before === null)
      throw new Error(`Issue ${slot.issueId} of project ${projectId} has hashes but no row; the store is damaged.`);
    const result = foldSlot(slot, before ?? createDraft(projectId, slot), judge);
    if (before === null) {
      const { id: _id, version: _version, ...draft } = result.record;
      result.record = await tx.insertIssue(draft);
    }
    folded.push({ slot, before, result });
  }
  return folded;
}

/** Looks at the share of the active users where it could decide; the issues whose severity it changed. */
async function weighRecentReach(
  tx: DigestTx,
  projectId: number,
  folded: Folded[],
  now: number,
): Promise<ReadonlySet<Folded>> {
  const raised = new Set<Folded>();
  const candidates = folded.filter(({ result }) => mayBeWide(result.judged, result.users));
  if (candidates.length === 0) return raised;
  const firstDay = firstSpreadDay(now);
  const ids = candidates.map(({ result }) => result.record.id);
  const parts = await tx.getSpreads(projectId, ids, firstDay);
  const traffic = joinSpreads(await tx.getTraffic(projectId, firstDay));
  for (const item of candidates) {
    const { record, judged, users } = item.result;
    const recent = measureReach(joinSpreads(parts.get(record.id) ?? []), traffic);
    const { severity } = weighReach(judged, { users, recent });
    if (severity === record.severity) continue;
    item.result.record = { ...record, severity };
    raised.add(item);
  }
  return raised;
}

function createDraft(projectId: number, slot: IssueSlot): IssueRecord {
  const { event } = slot.arrivals[0]!.arrival;
  return {
    id: 0,
    version: 0,
    projectId,
    title: slot.grouping.title,
    culprit: slot.grouping.culprit,
    level: event.level,
    state: "new",
    severity: "medium",
    firstSeen: event.time,
    lastSeen: event.time,
    events: 0,
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
  };
}

async function attachUnknown(tx: DigestTx, projectId: number, folded: Folded[]): Promise<IssueHashRecord[]> {
  const rows = folded.flatMap(({ slot, result }) =>
    [...slot.unknown.values()].map(({ hash, grouping, at }) => ({
      projectId,
      issueId: result.record.id,
      algorithm: grouping.algorithm,
      hash,
      title: grouping.title,
      culprit: grouping.culprit,
      explanation: grouping.explanation,
      at,
    })),
  );
  return rows.length === 0 ? [] : tx.attachHashes(rows);
}

function idOfHash(ids: Map<string, number>, hash: string): number {
  const id = ids.get(hash);
  if (id === undefined) throw new Error(`The store gave no id for the hash ${hash} that was just attached.`);
  return id;
}

function toEventRecords(result: FoldedSlot, hashIds: Map<string, number>): IssueEventRecord[] {
  return result.kept.map(({ arrival, hash, pin }) => ({
    id: arrival.id,
    projectId: result.record.projectId,
    issueId: result.record.id,
    hashId: idOfHash(hashIds, hash),
    time: arrival.event.time,
    receivedAt: arrival.receivedAt,
    pin,
    release: arrival.resource?.release ?? null,
    environment: arrival.resource?.environment ?? null,
    host: arrival.resource?.host ?? null,
    message: (arrival.event.exceptions[0]?.message ?? "").slice(0, MAX_MESSAGE_CHARACTERS),
    body: packEvent(arrival.event),
  }));
}

const ACTION_BY_OUTCOME = { new: "created", regressed: "regressed", woken: "woken", ongoing: null } as const;

async function addActivity(tx: DigestTx, folded: Folded[], at: number): Promise<void> {
  const rows = folded.flatMap(({ result: { record, outcome, newest } }) => {
    const action = ACTION_BY_OUTCOME[outcome];
    if (action === null) return [];
    const release = newest.resource?.release;
    const detail = release === undefined ? {} : { detail: { release } };
    return [{ projectId: record.projectId, issueId: record.id, at, by: "gatewatch", action, ...detail }];
  });
  if (rows.length > 0) await tx.addActivity(rows);
}

function toApplied({ before, result }: Folded): AppliedIssue {
  const { record, outcome, added, newest } = result;
  const release = newest.resource?.release;
  const isNewRelease = release !== undefined && !(before?.releases.includes(release) ?? false);
  return { record, outcome, added, newest, isNewRelease, severityBefore: before?.severity ?? null };
}

function countByRoute(events: ErrorArrival[]): RouteErrorCount[] {
  const counts = new Map<string, RouteErrorCount>();
  for (const { event } of events) {
    if (event.request === undefined) continue;
    const key = routeErrorKey(event.request.method, event.request.route);
    const minute = event.time - (event.time % MINUTE_MS);
    const cell = counts.get(`${minute} ${key}`) ?? { key, minute, count: 0 };
    cell.count += Math.max(1, Math.trunc(event.count ?? 1));
    counts.set(`${minute} ${key}`, cell);
  }
  return [...counts.values()];
}
