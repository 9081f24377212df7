import type { AlertRuleRow, Analysis, Attributes, ChannelRow, IssueState, Json, TokenRow } from "@gatewatch/protocol";
import type { OutboxRow } from "./alert.ts";
import type { AnomalyStore } from "./anomaly.ts";
import type { ClientDigestTx, ClientStore } from "./client-records.ts";
import type { GroupingHash, HashDelta, IssueEventRecord, IssueHashRecord, IssueRecord } from "./issue.ts";
import type { JournalPosition } from "./journal.ts";
import type {
  ChunkRecord,
  RollupCell,
  RollupDelta,
  RollupSeries,
  RollupTable,
  RouteTotals,
  SeriesQuestion,
  TopRoutesQuestion,
} from "./rollup.ts";

export interface ProjectRecord {
  id: number;
  name: string;
  slug: string;
  createdAt: number;
  settings: Attributes;
}

export interface CredentialRecord extends Omit<TokenRow, "hint"> {
  /** SHA-256 of a token or session key as 64 hex digits; of a dsn its public key in clear. */
  lookup: string;
  hint: string;
  /** Sealed secret of a `clientSecret`. */
  sealed: Uint8Array | null;
}

export interface UserRecord {
  id: number;
  email: string;
  name: string;
  role: "admin" | "member";
  /** PHC string of argon2id; null until the first password is set. */
  passwordHash: string | null;
  createdAt: number;
}

export interface SessionRecord {
  /** SHA-256 of the cookie's value, hex. */
  id: string;
  userId: number;
  createdAt: number;
  lastSeenAt: number;
  expiresAt: number;
  userAgent: string | null;
}

export interface OneTimeLink {
  /** SHA-256 of the secret, hex. */
  id: string;
  purpose: "first-admin" | "sign-in";
  userId: number | null;
  expiresAt: number;
}

/** Projects, people, credentials, settings. Methods are atomic. */
export interface ControlStore {
  listProjects(): Promise<ProjectRecord[]>;
  getProject(id: number): Promise<ProjectRecord | null>;
  findProject(slug: string): Promise<ProjectRecord | null>;
  /** Returns the existing one when the slug is taken. */
  createProject(project: { name: string; slug: string; at: number }): Promise<ProjectRecord>;
  /** Settings that the patch does not name stay as they are. */
  updateProject(id: number, patch: { name?: string; settings?: Attributes }): Promise<ProjectRecord | null>;

  createCredential(row: Omit<CredentialRecord, "id" | "lastUsedAt" | "revokedAt">): Promise<CredentialRecord>;
  findCredential(lookup: string): Promise<CredentialRecord | null>;
  listCredentials(projectId: number | null): Promise<CredentialRecord[]>;
  /** False when there is no such live credential (in that project, when given). */
  revokeCredential(id: number, projectId: number | null, at: number): Promise<boolean>;
  touchCredentials(uses: { id: number; at: number }[]): Promise<void>;

  countUsers(): Promise<number>;
  findUser(email: string): Promise<UserRecord | null>;
  getUser(id: number): Promise<UserRecord | null>;
  /** Null when the address is taken. */
  createUser(user: Omit<UserRecord, "id">): Promise<UserRecord | null>;
  setPassword(userId: number, passwordHash: string): Promise<void>;

  createSession(session: SessionRecord): Promise<void>;
  findSession(id: string): Promise<SessionRecord | null>;
  touchSession(id: string, lastSeenAt: number, expiresAt: number): Promise<void>;
  listSessions(userId: number): Promise<SessionRecord[]>;
  deleteSession(id: string): Promise<void>;
  deleteSessionsOf(userId: number): Promise<void>;

  createOneTimeLink(link: OneTimeLink): Promise<void>;
  /** Reads without using it up. */
  findOneTimeLink(id: string, now: number): Promise<OneTimeLink | null>;
  /** Takes it: at most one caller ever gets it. */
  takeOneTimeLink(id: string, now: number): Promise<OneTimeLink | null>;

  getSetting(key: string): Promise<Json | null>;
  setSetting(key: string, value: Json): Promise<void>;
  /** Writes only while the setting still is `before`, null for none; whether it was. */
  replaceSetting(key: string, before: Json | null, value: Json): Promise<boolean>;

  listChannels(): Promise<ChannelRecord[]>;
  createChannel(row: { kind: string; name: string; enabled: boolean; config: Attributes }): Promise<ChannelRecord>;
  updateChannel(
    id: number,
    patch: { name?: string; enabled?: boolean; config?: Attributes },
  ): Promise<ChannelRecord | null>;
  deleteChannel(id: number): Promise<boolean>;
  recordChannelResult(id: number, at: number, failure: string | null): Promise<void>;

  /** null: of every project. */
  listAlertRules(projectId: number | null): Promise<AlertRuleRow[]>;
  createAlertRule(row: Omit<AlertRuleRow, "id">): Promise<AlertRuleRow>;
  updateAlertRule(
    id: number,
    projectId: number,
    patch: Partial<Omit<AlertRuleRow, "id" | "projectId">>,
  ): Promise<AlertRuleRow | null>;
  deleteAlertRule(id: number, projectId: number): Promise<boolean>;

  addAudit(entry: { at: number; actor: string; action: string; projectId: number | null; detail: Json }): Promise<void>;
}

/** As stored, with the secrets of `config`; the API shows a `ChannelRow`. */
export interface ChannelRecord extends ChannelRow {}

export interface IssueQuery {
  projectId: number;
  states?: IssueState[];
  /** Substring of title or culprit, case-insensitive. */
  text?: string;
  route?: string;
  release?: string;
  level?: string;
  sort: "lastSeen" | "firstSeen" | "events" | "users";
  /** Opaque; from the previous page. */
  cursor?: string;
  limit: number;
}

/** An issue as lists show it. */
export interface IssueListRow {
  issue: Omit<IssueRecord, "users">;
  /** Estimate of distinct users. */
  users: number;
  /** Events per hour, oldest first. */
  trend: number[];
  /** Has an analysis which did not fail. */
  analysed: boolean;
}

/** Issues and their events: reads, and the writes that the verbs of `issues/` need. Every call names its project; a stranger's id gives null. */
export interface IssueStore {
  query(query: IssueQuery): Promise<{ issues: IssueRecord[]; nextCursor: string | null }>;
  /** A page of `query` with what lists show beside each issue, as `trends` and `listAnalysed` give it. */
  queryRows(
    query: IssueQuery,
    now: number,
    hours: number,
  ): Promise<{ rows: IssueListRow[]; nextCursor: string | null }>;
  countByState(
    projectId: number,
    filter?: Pick<IssueQuery, "text" | "route" | "release" | "level">,
  ): Promise<Record<IssueState, number>>;
  get(projectId: number, id: number): Promise<IssueRecord | null>;
  /** Writes `patch` if the row still has `version`; null when it has moved on or is not there. Adds `activity` in the same transaction. */
  update(
    projectId: number,
    id: number,
    version: number,
    patch: Partial<Omit<IssueRecord, "id" | "projectId" | "version">>,
    activity: { at: number; by: string; action: string; detail?: Json },
  ): Promise<IssueRecord | null>;
  listHashes(projectId: number, issueId: number): Promise<IssueHashRecord[]>;
  /** The hash with these digits, of any algorithm and kind; null when no event has brought it yet. */
  findHash(projectId: number, hash: string): Promise<IssueHashRecord | null>;
  hashHistory(
    projectId: number,
    issueId: number,
  ): Promise<{ hashId: number; at: number; by: string; action: string; fromIssue: number | null; toIssue: number }[]>;
  /** The issue that now holds most of what a removed one had; null when there never was such an issue, or it is still there. */
  findHeir(projectId: number, issueId: number): Promise<number | null>;
  listActivity(
    projectId: number,
    issueId: number,
    limit: number,
  ): Promise<{ at: number; by: string; action: string; detail?: Json }[]>;
  /**
   * Points hashes at another issue, or at a new one, and recomputes both sides' counts, times, users and releases from the hashes;
   * events follow their hash. An issue that loses its last hash is removed, its activity kept under the target.
   * Returns null when a hash or the target is not in the project.
   */
  regroup(command: {
    projectId: number;
    hashIds: number[];
    into: number | "new";
    action: "merge" | "split";
    by: string;
    at: number;
  }): Promise<{ issueId: number; from: number[] } | null>;
  /** Events per hour of the issues' hashes; `hours` items each, oldest first, ending with the hour of `now`. */
  trends(projectId: number, issueIds: number[], now: number, hours: number): Promise<Map<number, number[]>>;
  listEvents(
    projectId: number,
    issueId: number,
    limit: number,
    cursor?: string,
  ): Promise<{ events: IssueEventRecord[]; nextCursor: string | null }>;
  getEvent(projectId: number, eventId: string): Promise<IssueEventRecord | null>;
  /** The issues of those events that are stored with one; the others are left out. */
  findIssuesOfEvents(projectId: number, eventIds: string[]): Promise<Map<string, number>>;
  /** Hashes that share a secondary hash or culprit with this issue, other issues only, best first. */
  similar(
    projectId: number,
    issueId: number,
    limit: number,
  ): Promise<{ id: number; title: string; culprit: string; state: IssueState; score: number }[]>;
  getAnalysis(projectId: number, issueId: number): Promise<Analysis | null>;
  /** Every stored analysis of the issue, newest first: one per provider and evidence. */
  listAnalyses(projectId: number, issueId: number): Promise<Analysis[]>;
  /** Those of the issues that have an analysis which did not fail. */
  listAnalysed(projectId: number, issueIds: number[]): Promise<number[]>;
  putAnalysis(projectId: number, analysis: Analysis): Promise<void>;
  /** Serialised `Spread`s by day, from `firstDay` on: of the issue's events, and of all requests of its project. */
  spreads(
    projectId: number,
    issueId: number,
    firstDay: number,
  ): Promise<{ issue: Uint8Array[]; traffic: Uint8Array[] }>;
}

export interface RequestRow {
  time: number;
  receivedAt: number;
  method: string;
  route: string | null;
  path: string;
  status: number;
  durationMs: number;
  requestId: string | null;
  client: string | null;
  userId: string | null;
  errorId: string | null;
}

/** What the screens ask about requests. */
export interface TelemetryStore {
  /** Cells of one table within [from, to), ordered by time; `route` narrows the `*_route` tables. */
  rollups(table: RollupTable, projectId: number, from: number, to: number, route?: string): Promise<RollupCell[]>;
  /** Cells folded where they lie: a few numbers a bucket leave the store instead of a sketch a cell. */
  series(question: SeriesQuestion): Promise<RollupSeries>;
  /** The first routes of a span made of several parts; only their sketches are read. */
  topRoutes(question: TopRoutesQuestion): Promise<RouteTotals[]>;
  /** Chunks that may hold events of the span, newest first. */
  chunks(projectId: number, kind: ChunkRecord["kind"], from: number, to: number, limit: number): Promise<ChunkRecord[]>;
  hasEvents(projectId: number): Promise<boolean>;
  /** Whether this batch was digested, as long as batch ids are kept. */
  hasBatch(projectId: number, batchId: Uint8Array): Promise<boolean>;
  countRequests(projectId: number, from: number, to: number): Promise<number>;
}

export interface OutboxStore {
  /** Due rows, leased to the caller until `now + leaseMs`. */
  claim(kinds: OutboxRow["kind"][], now: number, leaseMs: number, limit: number): Promise<OutboxRow[]>;
  complete(id: string, at: number): Promise<void>;
  retry(id: string, dueAt: number, error: string): Promise<void>;
  bury(id: string, error: string): Promise<void>;
  add(rows: OutboxRow[]): Promise<void>;
  list(filter: { state?: OutboxRow["state"]; projectId?: number; limit: number }): Promise<OutboxRow[]>;
  /** A dead row of the project becomes due again; false when there is none. */
  revive(projectId: number, id: string, dueAt: number): Promise<boolean>;
  counts(): Promise<{ waiting: number; dead: number }>;
  /** Earliest due time of a waiting row. */
  nextDueAt(): Promise<number | null>;
}

/** Reservations of a daily budget: calls and money can never pass the limit, whoever asks at once. */
export interface BudgetStore {
  /** True when reserved. `day` is `YYYY-MM-DD`. */
  reserve(
    key: string,
    day: string,
    calls: number,
    microUsd: number,
    maxCalls: number,
    maxMicroUsd: number,
  ): Promise<boolean>;
  /** Replaces a reservation by what it cost. */
  settle(key: string, day: string, reservedMicroUsd: number, actualMicroUsd: number): Promise<void>;
  spent(key: string, day: string): Promise<{ calls: number; microUsd: number }>;
}

export interface RetentionPolicy {
  rawMaxAgeMs: number;
  minuteMaxAgeMs: number;
  minuteRouteMaxAgeMs: number;
  hourRouteMaxAgeMs: number;
  dayMaxAgeMs: number;
  /** Stored sample events per issue, pinned ones not counted. */
  samplesPerIssue: number;
  /** Upper bound of the whole store; oldest raw data goes first. */
  maxBytes: number;
  batchIdMaxAgeMs: number;
}

export interface MaintenanceStore {
  schemaVersion(): Promise<number>;
  /** Bytes on disk. */
  size(): Promise<number>;
  /** Never removes an issue's first, newest or regression events. */
  applyRetention(
    policy: RetentionPolicy,
    now: number,
  ): Promise<{ droppedDays: string[]; deletedRows: number; bytes: number }>;
  /** A consistent copy in a folder (SQLite) or one archive file (PostgreSQL); returns its path. */
  backup(target: string): Promise<{ path: string; bytes: number }>;
}

/** Everything the server keeps. One contract suite; every engine passes it. All arguments and results can be structured-cloned. */
export interface Store {
  readonly engine: "sqlite" | "postgres";
  readonly control: ControlStore;
  readonly issues: IssueStore;
  readonly telemetry: TelemetryStore;
  readonly anomalies: AnomalyStore;
  readonly clients: ClientStore;
  readonly outbox: OutboxStore;
  readonly budget: BudgetStore;
  readonly maintenance: MaintenanceStore;
  close(): Promise<void>;
}

/** The engine itself, in the thread that writes. */
export interface StoreEngine extends Store {
  /** Where the digest goes on; null on a new store. */
  digestPosition(): Promise<JournalPosition | null>;
  /**
   * One unit of digest: all of it or nothing. Chunks are durable before the rest commits (two-file order on SQLite).
   * At most one runs at a time.
   */
  digest<T>(position: JournalPosition, work: (tx: DigestTx) => Promise<T>): Promise<T>;
}

/** Bulk writes of one unit of digest. Nothing is visible outside before the unit commits. */
export interface DigestTx extends ClientDigestTx {
  /** Inserts batch ids; returns the indexes (into the argument) of those that were there before and must not be counted again. */
  addBatches(batches: { id: Uint8Array; projectId: number; receivedAt: number; events: number }[]): Promise<number[]>;
  putChunks(chunks: ChunkRecord[]): Promise<void>;
  addRollups(table: RollupTable, deltas: RollupDelta[]): Promise<void>;

  /** Known hashes among those given, of any algorithm. */
  findHashes(projectId: number, hashes: string[]): Promise<IssueHashRecord[]>;
  getIssues(projectId: number, ids: number[]): Promise<IssueRecord[]>;
  /** `id` and `version` are given by the store. */
  insertIssue(issue: Omit<IssueRecord, "id" | "version">): Promise<IssueRecord>;
  attachHashes(
    rows: {
      projectId: number;
      issueId: number;
      algorithm: string;
      hash: GroupingHash;
      title: string;
      culprit: string;
      explanation: Json;
      at: number;
    }[],
  ): Promise<IssueHashRecord[]>;
  /** Adds to hash rows, their hours, and nothing else; the caller writes the issue itself. */
  addHashDeltas(projectId: number, deltas: HashDelta[]): Promise<void>;
  updateIssues(issues: IssueRecord[]): Promise<void>;
  /**
   * Stores whole events. Pins: `first` stays; `latest` replaces the previous latest (which becomes a `sample`);
   * samples beyond the bound of an issue are thinned, oldest regularly-spaced ones kept.
   */
  addIssueEvents(events: IssueEventRecord[]): Promise<void>;
  addActivity(
    rows: { projectId: number; issueId: number; at: number; by: string; action: string; detail?: Json }[],
  ): Promise<void>;
  putAnalysis(projectId: number, analysis: Analysis): Promise<void>;
  getAnalyses(projectId: number, issueIds: number[]): Promise<Analysis[]>;

  /** Adds to what is known of all requests of a project, by day (`spreadDay`). */
  addTraffic(projectId: number, days: ReadonlyMap<number, Uint8Array>): Promise<void>;
  /** Serialised `Spread`s of the project's requests, from a day on. */
  getTraffic(projectId: number, firstDay: number): Promise<Uint8Array[]>;
  /** Serialised `Spread`s of issues, from a day on; an issue without any is left out. */
  getSpreads(projectId: number, issueIds: number[], firstDay: number): Promise<Map<number, Uint8Array[]>>;

  alertRules(): Promise<AlertRuleRow[]>;
  enabledChannels(): Promise<{ id: number; kind: string }[]>;
  projects(): Promise<ProjectRecord[]>;
  /** Small JSON state of the alert rules (cooldowns, windows), keyed. */
  getAlertState(keys: string[]): Promise<Map<string, Json>>;
  putAlertState(entries: { key: string; value: Json; expiresAt: number }[]): Promise<void>;
  addOutbox(rows: OutboxRow[]): Promise<void>;
}
