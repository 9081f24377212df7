import type { Analysis } from "./analysis.ts";
import type { AnomalyRow } from "./anomaly.ts";
import type { Attributes, ErrorEvent, Json } from "./event.ts";

/** Shapes of the REST API under `/api`; times are epoch milliseconds, durations milliseconds. */

export type ErrorBody = { error: { code: string; message: string; requestId?: string; details?: Json } };

export const ISSUE_STATES = ["new", "ongoing", "regressed", "resolved", "ignored"] as const;
export type IssueState = (typeof ISSUE_STATES)[number];

export const SEVERITIES = ["low", "medium", "high", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface IssueRow {
  id: number;
  projectId: number;
  title: string;
  /** For example `src/lib/price.ts:42 in total`. */
  culprit: string;
  level: "fatal" | "error" | "warning";
  state: IssueState;
  severity: Severity;
  firstSeen: number;
  lastSeen: number;
  events: number;
  /** Estimated distinct users (HyperLogLog, error under 3 %). */
  users: number;
  firstRelease: string | null;
  lastRelease: string | null;
  routes: string[];
  /** Events per hour over the last 24 hours, oldest first, 24 items. */
  trend: number[];
  analysed: boolean;
}

export interface IssueList {
  issues: IssueRow[];
  nextCursor: string | null;
  /** How many there are per tab, for the current search. */
  counts: { unresolved: number; new: number; regressed: number; resolved: number; ignored: number };
}

export interface IssueShare {
  name: string;
  values: {
    value: string;
    count: number;
    share: number;
    /** Part of all the project's requests of the last seven days that have this value, at most; null where that is not known. */
    usual?: number | null;
    /** Whether the value is so much commoner in this issue that chance does not explain it. */
    special?: boolean;
  }[];
}

/** Who met an issue in the last seven days. */
export interface IssueReach {
  users: number;
  /** Everybody who was seen in the same days; null where that is not known. */
  activeUsers: number | null;
}

export interface IssueHashRow {
  id: number;
  algorithm: string;
  kind: string;
  hash: string;
  events: number;
  firstSeen: number;
  lastSeen: number;
  /** Why events with this hash belong together: rule, frames and values used. */
  explanation: Json;
  history: { at: number; by: string; action: string; fromIssue: number | null; toIssue: number }[];
}

export interface IssueActivity {
  at: number;
  by: string;
  action: string;
  detail?: Json;
}

export interface IssueDetail extends IssueRow {
  resolvedInRelease: string | null;
  resolveInNextRelease: boolean;
  ignoreUntil: number | null;
  ignoreUntilCount: number | null;
  hashes: IssueHashRow[];
  shares: IssueShare[];
  /** Absent when no event came in the last seven days. */
  reach?: IssueReach;
  similar: { id: number; title: string; culprit: string; score: number; state: IssueState }[];
  activity: IssueActivity[];
  analysis: Analysis | null;
  /** The newest stored event. */
  latestEvent: StoredErrorEvent | null;
}

export interface StoredErrorEvent {
  id: string;
  issueId: number;
  receivedAt: number;
  pin: "first" | "latest" | "regression" | "sample";
  release: string | null;
  environment: string | null;
  host: string | null;
  event: ErrorEvent;
}

export interface EventList {
  events: { id: string; time: number; pin: StoredErrorEvent["pin"]; release: string | null; message: string }[];
  nextCursor: string | null;
}

export type IssueCommand =
  | { action: "resolve"; inNextRelease?: boolean }
  | { action: "ignore"; untilCount?: number; until?: number }
  | { action: "reopen" };

export type SeriesName = "requests" | "errors" | "errorRate" | "p50" | "p95" | "p99" | "max";

export interface SeriesAnswer {
  from: number;
  to: number;
  stepMs: number;
  route: string | null;
  /** Bucket starts, at most 600. */
  time: number[];
  requests: number[];
  /** Answers of 500–599. */
  errors: number[];
  /** Answers of 400–499. */
  clientErrors: number[];
  p50: (number | null)[];
  p95: (number | null)[];
  p99: (number | null)[];
  max: (number | null)[];
}

export interface RouteRow {
  method: string;
  route: string;
  count: number;
  errors: number;
  clientErrors: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
  /** Sum of durations: where the time goes. */
  totalMs: number;
}

export interface OverviewAnswer {
  from: number;
  to: number;
  /** One sentence: is anything wrong now, and since when. */
  verdict: { level: "quiet" | "ok" | "warn" | "bad"; text: string };
  cards: {
    name: "errorRate" | "p95" | "requestsPerMinute" | "openIssues";
    value: number | null;
    unit: string;
    /** Same span, one span earlier; null when there is no data. */
    before: number | null;
    trend: (number | null)[];
  }[];
  series: SeriesAnswer;
  issues: IssueRow[];
  routes: RouteRow[];
  /** Those that people were told of in the span, newest first, at most 50. */
  anomalies?: AnomalyRow[];
  /** False until the first event of the project has arrived. */
  hasData: boolean;
}

/** One row of the Live screen. */
export interface LiveRequest {
  seq: number;
  time: number;
  method: string;
  route: string | null;
  path: string;
  status: number;
  durationMs: number;
  requestId: string | null;
  userId: string | null;
  client: string | null;
  errorId: string | null;
  issueId: number | null;
}

/** Messages on `GET /api/live` (SSE, `data:` is one of these as JSON). */
export type LiveMessage =
  | { type: "requests"; rows: LiveRequest[]; skipped: number }
  | { type: "issue"; issue: IssueRow; outcome: "new" | "regressed" | "ongoing" | "changed" }
  | { type: "analysis"; issueId: number }
  | { type: "tick"; time: number; requestsPerSecond: number; errorsPerSecond: number; lagMs: number };

export interface ProjectRow {
  id: number;
  name: string;
  slug: string;
  createdAt: number;
  eventsLast24h: number;
}

export type TokenScope = "ingest" | "read" | "admin";

export interface TokenRow {
  id: number;
  projectId: number;
  kind: "token" | "dsn" | "clientSecret" | "driftlock";
  scope: TokenScope;
  name: string;
  /** Prefix and last four characters. */
  hint: string;
  createdAt: number;
  lastUsedAt: number | null;
  revokedAt: number | null;
}

export interface HealthAnswer {
  version: string;
  uptimeMs: number;
  store: "sqlite" | "postgres";
  intake: { acceptedEvents: number; rejectedEvents: number; batches: number; duplicates: number };
  journal: { appendedBytes: number; lagBytes: number; lagMs: number };
  digest: {
    events: number;
    lagMs: number;
    /** Units that failed and were tried again. */
    failures: number;
    /** Records put aside since the start because they alone could not be digested. */
    poisoned: number;
    /** Why the digest stands still; null while it goes on. */
    halted: string | null;
  };
  /** The watch over traffic and event streams. */
  watch?: {
    /** Minute up to which all traffic is judged; null before the first. */
    watchedUntil: number | null;
    series: number;
    eventStreams: number;
    /** Memory of the detectors. */
    bytes: number;
    /** Events judged since the start. */
    events: number;
    /** Turns that failed and were tried again. */
    failures: number;
    /** Since the start: requests outside of the sample, anomalies beyond the bound of their stream, routes without room. */
    passedOver: { requests: number; anomalies: number; routes: number };
  };
  drops: { where: "client" | "server"; reason: string; count: number }[];
  disk: { dataBytes: number; freeBytes: number | null };
  alerts: { waiting: number; dead: number };
  analyst: { provider: string | null; callsToday: number; spentTodayUsd: number; budgetUsd: number };
}

export interface ChannelRow {
  id: number;
  kind: string;
  name: string;
  enabled: boolean;
  /** Secrets are replaced by a hint. */
  config: Attributes;
  lastSuccessAt: number | null;
  lastFailureAt: number | null;
  lastFailure: string | null;
}

export interface AlertRuleRow {
  id: number;
  projectId: number;
  enabled: boolean;
  name: string;
  when: AlertCondition;
  /** Channel ids; empty: every enabled channel. */
  channels: number[];
  cooldownMs: number;
}

export type AlertCondition =
  | { kind: "newIssue" }
  | { kind: "regression" }
  | { kind: "criticalSeverity" }
  | { kind: "errorCount"; threshold: number; windowMs: number }
  | { kind: "anomaly" };

export interface DeliveryRow {
  id: string;
  channelId: number | null;
  kind: "alert" | "digest" | "analysis";
  state: "waiting" | "delivered" | "dead";
  attempts: number;
  nextAttemptAt: number | null;
  createdAt: number;
  lastError: string | null;
  summary: string;
}

export interface SessionAnswer {
  user: { id: number; email: string; name: string; role: "admin" | "member" };
  projects: ProjectRow[];
  version: string;
}

/** What the server writes into the page so that the first screen draws without a second request. */
export interface BootData {
  session: SessionAnswer | null;
  projectId: number | null;
  /** Answers already made, keyed by the request's path and query. */
  answers: Record<string, unknown>;
  now: number;
}

/** `GET /api/routes` */
export interface RoutesAnswer {
  from: number;
  to: number;
  /** By time spent, most first. */
  routes: RouteRow[];
}

/** `GET /api/projects` */
export interface ProjectList {
  projects: ProjectRow[];
}

/** `GET /api/tokens` */
export interface TokenList {
  tokens: TokenRow[];
}

/** 201 of `POST /api/tokens`: the only answer that ever holds a token or client secret. */
export interface TokenCreated extends TokenRow {
  token: string;
  /** Of a `dsn`: what clients of Sentry's language are given. */
  dsn?: string;
}

/** `GET /api/channels` */
export interface ChannelList {
  channels: ChannelRow[];
}

/** `GET /api/channel-kinds` */
export interface ChannelKindList {
  kinds: { kind: string; configSchema: Attributes }[];
}

/** `GET /api/alert-rules` */
export interface AlertRuleList {
  rules: AlertRuleRow[];
}

/** `GET /api/deliveries` */
export interface DeliveryList {
  deliveries: DeliveryRow[];
}

/** One sign-in of the asking user. */
export interface SessionRow {
  id: string;
  /** The session that asks. */
  current: boolean;
  createdAt: number;
  lastSeenAt: number;
  expiresAt: number;
  userAgent: string | null;
}

/** `GET /api/sessions` */
export interface SessionList {
  sessions: SessionRow[];
}

/** `GET` and `PATCH /api/settings`; a patch may leave out what stays. */
export interface SettingsAnswer {
  project: {
    id: number;
    name: string;
    slug: string;
    /** Further keys whose values are redacted, beside the built-in ones. */
    redactKeys: string[];
    /** Rules for agents that override the built-in table, as they were given: `{ category, severity, action, priority }`. */
    agentRules: Json[];
    /** Those of `agentRules` that are skipped, and why. */
    agentRuleProblems: string[];
  };
  /** Of the whole server. */
  retention: {
    rawMaxAgeMs: number;
    minuteMaxAgeMs: number;
    minuteRouteMaxAgeMs: number;
    hourRouteMaxAgeMs: number;
    dayMaxAgeMs: number;
    samplesPerIssue: number;
    maxBytes: number;
    batchIdMaxAgeMs: number;
  };
  /** Of the whole server. */
  analyst: { maxCallsPerDay: number; maxUsdPerDay: number };
}

/** `GET /api/issues/:id/analysis`: the best one, and all of them newest first. */
export interface AnalysisAnswer {
  analysis: Analysis | null;
  all: Analysis[];
}
