import type { Generated } from "kysely";

/** Flags are 0 or 1 and JSON is text on both engines, so that one query serves both. */
type Flag = number;
type JsonText = string;

export interface Tables {
  meta: { key: string; value: string };
  schemaMigration: { version: number; name: string; appliedAt: number };

  project: { id: Generated<number>; name: string; slug: string; createdAt: number; settings: JsonText };
  credential: {
    id: Generated<number>;
    projectId: number;
    kind: string;
    scope: string;
    name: string;
    lookup: string;
    hint: string;
    sealed: Uint8Array | null;
    createdAt: number;
    lastUsedAt: number | null;
    revokedAt: number | null;
  };
  appUser: {
    id: Generated<number>;
    email: string;
    emailKey: string;
    name: string;
    role: string;
    passwordHash: string | null;
    createdAt: number;
  };
  session: {
    id: string;
    userId: number;
    createdAt: number;
    lastSeenAt: number;
    expiresAt: number;
    userAgent: string | null;
  };
  oneTimeLink: { id: string; purpose: string; userId: number | null; expiresAt: number };
  setting: { key: string; value: JsonText };
  channel: {
    id: Generated<number>;
    kind: string;
    name: string;
    enabled: Flag;
    config: JsonText;
    lastSuccessAt: number | null;
    lastFailureAt: number | null;
    lastFailure: string | null;
  };
  alertRule: {
    id: Generated<number>;
    projectId: number;
    enabled: Flag;
    name: string;
    condition: JsonText;
    channels: JsonText;
    cooldownMs: number;
  };
  audit: {
    id: Generated<number>;
    at: number;
    actor: string;
    action: string;
    projectId: number | null;
    detail: JsonText;
  };

  issue: {
    id: Generated<number>;
    projectId: number;
    title: string;
    culprit: string;
    level: string;
    state: string;
    severity: string;
    firstSeen: number;
    lastSeen: number;
    events: number;
    users: Uint8Array | null;
    /** Estimate of `users`, kept so that lists can be sorted by it. */
    userCount: number;
    firstRelease: string | null;
    lastRelease: string | null;
    releases: JsonText;
    routes: JsonText;
    resolvedAt: number | null;
    resolvedInRelease: string | null;
    resolveInNextRelease: Flag;
    ignoreUntil: number | null;
    ignoreUntilCount: number | null;
    version: number;
    /** Lower-case title and culprit, searched as a whole. */
    searchText: string;
  };
  issueHash: {
    id: Generated<number>;
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
    explanation: JsonText;
    firstRelease: string | null;
    lastRelease: string | null;
    releases: JsonText;
    routes: JsonText;
    /** Of its newest event, in itself; null when that came before this was kept. */
    severity: string | null;
    widens: Flag;
  };
  /** Which issues have shown which hash, owners included; what similar issues share. */
  issueHashLink: { issueId: number; hashId: number };
  issueHashHistory: {
    id: Generated<number>;
    projectId: number;
    hashId: number;
    at: number;
    actor: string;
    action: string;
    fromIssue: number | null;
    toIssue: number;
  };
  issueHashHour: { hashId: number; hour: number; events: number };
  /** How the events of a hash spread in one day; `Spread` in bytes. */
  issueHashDay: { hashId: number; day: number; spread: Uint8Array };
  /** How all requests of a project spread in one day. */
  trafficDay: { projectId: number; day: number; spread: Uint8Array };
  issueEvent: {
    id: string;
    projectId: number;
    issueId: number;
    hashId: number;
    time: number;
    receivedAt: number;
    pin: string;
    release: string | null;
    environment: string | null;
    host: string | null;
    message: string;
    body: Uint8Array;
  };
  issueActivity: {
    id: Generated<number>;
    projectId: number;
    issueId: number;
    at: number;
    actor: string;
    action: string;
    detail: JsonText | null;
  };
  analysis: {
    projectId: number;
    issueId: number;
    provider: string;
    evidenceDigest: string;
    status: string;
    createdAt: number;
    body: JsonText;
  };

  outbox: {
    id: string;
    projectId: number;
    kind: string;
    channelId: number | null;
    payload: JsonText;
    createdAt: number;
    attempts: number;
    dueAt: number;
    leaseUntil: number | null;
    state: string;
    lastError: string | null;
    doneAt: number | null;
  };
  alertState: { key: string; value: JsonText; expiresAt: number };
  budget: { key: string; day: string; calls: number; microUsd: number };

  anomaly: {
    id: Generated<number>;
    projectId: number;
    kind: string;
    stream: string;
    /** Empty of an event stream. */
    measure: string;
    startedAt: number;
    endedAt: number | null;
    pValue: number;
    level: number;
    score: number;
    count: number;
    why: string;
    feedback: string | null;
    feedbackAt: number | null;
    told: Flag;
    /** What only the screen of one anomaly shows. */
    evidence: JsonText;
  };
  anomalyHistory: {
    id: Generated<number>;
    projectId: number;
    anomalyId: number;
    at: number;
    actor: string;
    action: string;
    detail: JsonText | null;
  };
  detectorState: SubjectColumns & { version: number; position: number; updatedAt: number; snapshot: Uint8Array };
  watchStream: SubjectColumns & {
    profile: string;
    autoTune: Flag;
    adaptiveWindow: Flag;
    level: number;
    createdAt: number;
    lastSeenAt: number | null;
    seen: number;
    judged: number;
    flagged: number;
    falsePositives: number;
    confirmed: number;
    dismissed: number;
    /** May be as large as all else of a hundred streams: read by itself. */
    anchor: JsonText | null;
  };
  streamTuning: SubjectColumns & {
    id: Generated<number>;
    at: number;
    actor: string;
    field: string;
    before: JsonText;
    after: JsonText;
    reason: string;
  };
  discovery: { projectId: number; state: Uint8Array };
  watchTally: {
    projectId: number;
    time: number;
    judged: number;
    flagged: number;
    expected: number;
    told: number;
    requests: number;
    limited: number;
    refused: number;
  };

  monitor: {
    projectId: number;
    slug: string;
    environment: string;
    schedule: JsonText | null;
    marginMin: number;
    maxRuntimeMin: number;
    failureThreshold: number;
    recoveryThreshold: number;
    state: string;
    failures: number;
    successes: number;
    checkInId: string | null;
    lastCheckInAt: number;
    lastDurationS: number | null;
    expectedAt: number | null;
    dueAt: number | null;
    createdAt: number;
  };
  clientSession: {
    projectId: number;
    session: string;
    startedAt: number;
    release: string;
    environment: string;
    status: string;
  };
  releaseHealth: {
    projectId: number;
    hour: number;
    release: string;
    environment: string;
    sessions: number;
    errored: number;
    abnormal: number;
    crashed: number;
  };
  feedback: {
    id: Generated<number>;
    projectId: number;
    at: number;
    errorId: string | null;
    issueId: number | null;
    message: string;
    name: string | null;
    email: string | null;
    url: string | null;
    release: string | null;
    environment: string | null;
  };
  releaseUser: {
    projectId: number;
    day: number;
    release: string;
    environment: string;
    users: Uint8Array;
    crashed: Uint8Array;
  };
  uploadChunk: { projectId: number; digest: string; at: number; body: Uint8Array };
  artifact: {
    id: Generated<number>;
    projectId: number;
    kind: string;
    debugId: string | null;
    path: string;
    mapPath: string | null;
    release: string | null;
    dist: string | null;
    bytes: number;
    packedBytes: number;
    at: number;
    body: Uint8Array;
  };

  route: { id: Generated<number>; name: string };
  rollupMinute: RollupTableRow;
  rollupMinuteRoute: RollupTableRow;
  rollupFiveMinute: RollupTableRow;
  rollupFiveMinuteRoute: RollupTableRow;
  rollupHour: RollupTableRow;
  rollupHourRoute: RollupTableRow;
  rollupDay: RollupTableRow;
  rollupDayRoute: RollupTableRow;
  /** What the chunks of one day span, so that a read opens only the days it needs. */
  chunkDay: {
    day: string;
    projectId: number;
    kind: string;
    minTime: number;
    maxTime: number;
  };
}

interface SubjectColumns {
  projectId: number;
  kind: string;
  stream: string;
  /** Empty of an event stream. */
  measure: string;
}

export interface RollupTableRow {
  projectId: number;
  time: number;
  /** 0 in tables without a route. */
  routeId: number;
  count: number;
  errors: number;
  clientErrors: number;
  sumUs: number;
  maxUs: number;
  sketch: Uint8Array;
}
