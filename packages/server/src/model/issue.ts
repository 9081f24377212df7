import type { ErrorEvent, IssueState, Json, Severity } from "@gatewatch/protocol";
import type { JudgedSeverity } from "./weigh-reach.ts";

/** How an error event is grouped. Stored for ever, so versioned: `algorithm` names the frozen rules. */
export interface Grouping {
  /** For example `v1`. */
  algorithm: string;
  /** The hash under which the event is counted. */
  primary: GroupingHash;
  /** Further hashes that lead to the same issue when the primary is unknown, in order. */
  secondary: GroupingHash[];
  /** Shared by issues that look alike; shown as similar, never a reason to join. */
  alike?: GroupingHash;
  title: string;
  culprit: string;
  explanation: Json;
}

export interface GroupingHash {
  /** `app`, `system`, `type+template`, `throw-site`, `fingerprint` */
  kind: string;
  /** 32 lower-case hex digits. */
  hash: string;
}

/** One issue as stored; its counts are the sums over its hashes. */
export interface IssueRecord {
  id: number;
  projectId: number;
  title: string;
  culprit: string;
  level: ErrorEvent["level"];
  state: IssueState;
  severity: Severity;
  firstSeen: number;
  lastSeen: number;
  events: number;
  /** HyperLogLog registers of distinct users. */
  users: Uint8Array | null;
  firstRelease: string | null;
  lastRelease: string | null;
  /** Newest last, at most 20. */
  releases: string[];
  /** At most 20. */
  routes: string[];
  resolvedAt: number | null;
  resolvedInRelease: string | null;
  resolveInNextRelease: boolean;
  ignoreUntil: number | null;
  /** Absolute count of events at which an ignored issue wakes. */
  ignoreUntilCount: number | null;
  /** Grows by one with each change; writers give the one they read. */
  version: number;
}

export interface IssueHashRecord {
  id: number;
  projectId: number;
  issueId: number;
  algorithm: string;
  kind: string;
  hash: string;
  events: number;
  firstSeen: number;
  lastSeen: number;
  users: Uint8Array | null;
  title: string;
  culprit: string;
  explanation: Json;
  firstRelease: string | null;
  lastRelease: string | null;
}

/** What a unit of digest adds to one primary hash. */
export interface HashDelta {
  hashId: number;
  events: number;
  firstSeen: number;
  lastSeen: number;
  users: Uint8Array | null;
  releases: string[];
  routes: string[];
  /** Hour (epoch ms of its start) → events. */
  hours: Map<number, number>;
  /** Of its newest event. */
  judged?: JudgedSeverity;
  /** Day (`spreadDay`) of receipt → serialised `Spread`. */
  spreads?: ReadonlyMap<number, Uint8Array>;
}

/** A whole error event kept with its issue; `body` is zstd of the event's JSON. */
export interface IssueEventRecord {
  /** The event's own id, or `batch:index`. */
  id: string;
  projectId: number;
  issueId: number;
  hashId: number;
  time: number;
  receivedAt: number;
  pin: "first" | "latest" | "regression" | "sample";
  release: string | null;
  environment: string | null;
  host: string | null;
  /** First 200 characters of the message, for lists. */
  message: string;
  body: Uint8Array;
}

export type IssueOutcome = "new" | "regressed" | "woken" | "ongoing";
