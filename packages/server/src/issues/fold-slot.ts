import type { ErrorEvent } from "@gatewatch/protocol";
import type { ErrorArrival } from "../model/applied-errors.ts";
import { HyperLogLog, mergeHyperLogLogs } from "../model/hyperloglog.ts";
import type { HashDelta, IssueOutcome, IssueRecord } from "../model/issue.ts";
import { nameAgent } from "../model/count-shares.ts";
import { Spread, spreadDay, userKey } from "../model/spread.ts";
import { weighReach, type JudgedSeverity } from "../model/weigh-reach.ts";
import { advanceIssue, type Occurrence } from "./advance-issue.ts";
import type { IssueSlot } from "./resolve-slots.ts";

const HOUR_MS = 3_600_000;
/** Whole events stored of one issue and unit, beside the pinned ones. */
const MAX_SAMPLES = 2;

export interface FoldedSlot {
  record: IssueRecord;
  outcome: IssueOutcome;
  added: number;
  newest: ErrorArrival;
  /** The severity of the newest event in itself; that of `record` counts the users too. */
  judged: JudgedSeverity;
  users: number;
  /** By primary hash; `hashId` is not yet known. */
  deltas: Map<string, Omit<HashDelta, "hashId">>;
  kept: { arrival: ErrorArrival; hash: string; pin: "first" | "latest" | "regression" | "sample" }[];
}

/** Judges how grave an event is in itself; the digest passes the rules of the analyst. */
export type JudgeSeverity = (event: ErrorEvent) => JudgedSeverity;

/** Plays a slot's events onto its issue, oldest first. */
export function foldSlot(slot: IssueSlot, before: IssueRecord, judge: JudgeSeverity): FoldedSlot {
  let record = before;
  let outcome: IssueOutcome = slot.issueId === null ? "new" : "ongoing";
  let added = 0;
  const deltas: FoldedSlot["deltas"] = new Map();
  const users = new HyperLogLog();
  const pins = new Map<number, "first" | "latest" | "regression">();
  const usersByHash = new Map<string, HyperLogLog>();
  const newestByHash = new Map<string, ErrorEvent>();
  const spreads = new Map<string, Map<number, Spread>>();

  slot.arrivals.forEach(({ arrival, primary }, index) => {
    const occurrence = readOccurrence(arrival);
    const step = advanceIssue(record, occurrence);
    record = step.issue;
    if (step.outcome !== "ongoing" && outcome === "ongoing") outcome = step.outcome;
    if (step.outcome === "regressed") pins.set(index, "regression");
    added += occurrence.count;
    addToDelta(deltas, primary.hash, occurrence);
    newestByHash.set(primary.hash, arrival.event);
    const user = userKey(arrival.event.user?.id, arrival.event.request?.client);
    addToSpread(daySpread(spreads, primary.hash, arrival.receivedAt), arrival, occurrence, user);
    if (user === undefined) return;
    users.add(user);
    const ofHash = usersByHash.get(primary.hash) ?? new HyperLogLog();
    ofHash.add(user);
    usersByHash.set(primary.hash, ofHash);
  });

  for (const [hash, set] of usersByHash) {
    const delta = deltas.get(hash);
    if (delta !== undefined) delta.users = set.toBytes();
  }
  for (const [hash, delta] of deltas) {
    delta.judged = judge(newestByHash.get(hash)!);
    delta.spreads = new Map(Array.from(spreads.get(hash)!, ([day, spread]) => [day, spread.toBytes()]));
  }
  const newest = slot.arrivals.at(-1)!.arrival;
  if (usersByHash.size > 0) record = { ...record, users: mergeHyperLogLogs(record.users, users.toBytes()) };
  const judged = deltas.get(slot.arrivals.at(-1)!.primary.hash)!.judged!;
  const everUsers = countUsers(record.users);
  record = { ...record, severity: weighReach(judged, { users: everUsers }).severity };
  return { record, outcome, added, newest, judged, users: everUsers, deltas, kept: selectKept(slot, pins) };
}

export function countUsers(users: Uint8Array | null): number {
  return users === null ? 0 : HyperLogLog.parse(users).estimate();
}

function readOccurrence({ event, receivedAt, resource }: ErrorArrival): Occurrence {
  const { request } = event;
  return {
    time: event.time,
    receivedAt,
    count: Math.max(1, Math.trunc(event.count ?? 1)),
    release: resource?.release ?? null,
    route: request?.route ? `${request.method} ${request.route}` : null,
    level: event.level,
  };
}

function addToDelta(deltas: FoldedSlot["deltas"], hash: string, event: Occurrence): void {
  const delta = deltas.get(hash) ?? {
    events: 0,
    firstSeen: event.time,
    lastSeen: event.time,
    users: null,
    releases: [],
    routes: [],
    hours: new Map<number, number>(),
  };
  const hour = event.time - (event.time % HOUR_MS);
  delta.events += event.count;
  delta.firstSeen = Math.min(delta.firstSeen, event.time);
  delta.lastSeen = Math.max(delta.lastSeen, event.time);
  delta.hours.set(hour, (delta.hours.get(hour) ?? 0) + event.count);
  if (event.release !== null && !delta.releases.includes(event.release)) delta.releases.push(event.release);
  if (event.route !== null && delta.routes.length < 20 && !delta.routes.includes(event.route))
    delta.routes.push(event.route);
  deltas.set(hash, delta);
}

function daySpread(spreads: Map<string, Map<number, Spread>>, hash: string, receivedAt: number): Spread {
  let days = spreads.get(hash);
  if (days === undefined) spreads.set(hash, (days = new Map()));
  const day = spreadDay(receivedAt);
  let spread = days.get(day);
  if (spread === undefined) days.set(day, (spread = new Spread()));
  return spread;
}

function addToSpread(
  spread: Spread,
  { event, resource }: ErrorArrival,
  { count, route, release }: Occurrence,
  user: string | undefined,
): void {
  spread.count += count;
  if (route !== null) spread.add("route", route, count);
  if (release !== null) spread.add("release", release, count);
  if (resource?.environment !== undefined) spread.add("environment", resource.environment, count);
  const client = nameAgent(event.request?.userAgent);
  if (client !== null) spread.add("client", client, count);
  if (user !== undefined) spread.addUser(user, count);
}

function selectKept(slot: IssueSlot, pins: Map<number, "first" | "latest" | "regression">): FoldedSlot["kept"] {
  const last = slot.arrivals.length - 1;
  if (!pins.has(last)) pins.set(last, "latest");
  if (slot.issueId === null) pins.set(0, "first");
  const step = Math.ceil(slot.arrivals.length / (MAX_SAMPLES + 1));
  const kept: FoldedSlot["kept"] = [];
  slot.arrivals.forEach(({ arrival, primary }, index) => {
    const pin = pins.get(index) ?? (index % step === 0 && index > 0 ? "sample" : undefined);
    if (pin !== undefined) kept.push({ arrival, hash: primary.hash, pin });
  });
  return kept;
}
