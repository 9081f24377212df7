import {
  ANALYSIS_CATEGORIES,
  ISSUE_STATES,
  SEVERITIES,
  type Analysis,
  type ErrorEvent,
  type Json,
} from "@gatewatch/protocol";
import { Type } from "typebox";
import { Count, exact, Id, named, nullable, oneOf, Time } from "./named.ts";

const AnyJson = Type.Unsafe<Json>({});

export const IssueRowSchema = named(
  "IssueRow",
  Type.Object({
    id: Id,
    projectId: Id,
    title: Type.String(),
    culprit: Type.String(),
    level: oneOf(["fatal", "error", "warning"]),
    state: oneOf(ISSUE_STATES),
    severity: oneOf(SEVERITIES),
    firstSeen: Time,
    lastSeen: Time,
    events: Count,
    users: Count,
    firstRelease: nullable(Type.String()),
    lastRelease: nullable(Type.String()),
    routes: Type.Array(Type.String()),
    trend: Type.Array(Count, { description: "Events per hour over the last 24 hours, oldest first" }),
    analysed: Type.Boolean(),
  }),
);

export const IssueListSchema = named(
  "IssueList",
  Type.Object({
    issues: Type.Array(IssueRowSchema),
    nextCursor: nullable(Type.String()),
    counts: Type.Object({ unresolved: Count, new: Count, regressed: Count, resolved: Count, ignored: Count }),
  }),
);

const AnalysisSchema = named(
  "Analysis",
  Type.Unsafe<Analysis>(
    Type.Object({
      issueId: Id,
      provider: Type.String(),
      model: nullable(Type.String()),
      status: oneOf(["preliminary", "complete", "failed"]),
      createdAt: Time,
      evidenceDigest: Type.String(),
      category: oneOf(ANALYSIS_CATEGORIES),
      severity: oneOf(SEVERITIES),
      confidence: Type.Number({ minimum: 0, maximum: 1 }),
      summary: Type.String(),
      rootCause: Type.Object({ text: Type.String(), evidence: Type.Array(Type.String()) }),
      location: nullable(
        Type.Object({
          file: Type.String(),
          line: nullable(Type.Integer()),
          function: nullable(Type.String()),
        }),
      ),
      fix: Type.Object({ kind: Type.String(), text: Type.String(), evidence: Type.Array(Type.String()) }),
      notes: Type.Array(Type.Object({ text: Type.String(), evidence: Type.Array(Type.String()) })),
      droppedClaims: Count,
      evidence: Type.Array(
        Type.Object({ id: Type.String(), kind: Type.String(), label: Type.String(), data: Type.Unknown() }),
      ),
      failure: Type.Optional(Type.String()),
      pending: Type.Optional(Type.Boolean()),
      usage: Type.Optional(
        Type.Object({
          inputTokens: Count,
          outputTokens: Count,
          costUsd: Type.Number(),
          ms: Type.Number(),
        }),
      ),
    }),
  ),
);

export const AnalysisAnswerSchema = named(
  "AnalysisAnswer",
  Type.Object({ analysis: nullable(AnalysisSchema), all: Type.Array(AnalysisSchema) }),
);

const Pin = oneOf(["first", "latest", "regression", "sample"]);

export const StoredErrorEventSchema = named(
  "StoredErrorEvent",
  Type.Object({
    id: Type.String(),
    issueId: Id,
    receivedAt: Time,
    pin: Pin,
    release: nullable(Type.String()),
    environment: nullable(Type.String()),
    host: nullable(Type.String()),
    event: Type.Unsafe<ErrorEvent>({
      type: "object",
      description: "The error event as the native wire describes it, redacted",
    }),
  }),
);

export const EventListSchema = named(
  "EventList",
  Type.Object({
    events: Type.Array(
      Type.Object({
        id: Type.String(),
        time: Time,
        pin: Pin,
        release: nullable(Type.String()),
        message: Type.String(),
      }),
    ),
    nextCursor: nullable(Type.String()),
  }),
);

const HistorySchema = Type.Object({
  at: Time,
  by: Type.String(),
  action: Type.String(),
  fromIssue: nullable(Type.Integer()),
  toIssue: Type.Integer(),
});

export const IssueDetailSchema = named(
  "IssueDetail",
  Type.Object({
    ...IssueRowSchema.properties,
    resolvedInRelease: nullable(Type.String()),
    resolveInNextRelease: Type.Boolean(),
    ignoreUntil: nullable(Time),
    ignoreUntilCount: nullable(Count),
    hashes: Type.Array(
      Type.Object({
        id: Id,
        algorithm: Type.String(),
        kind: Type.String(),
        hash: Type.String(),
        events: Count,
        firstSeen: Time,
        lastSeen: Time,
        explanation: AnyJson,
        history: Type.Array(HistorySchema),
      }),
    ),
    shares: Type.Array(
      Type.Object({
        name: Type.String(),
        values: Type.Array(
          Type.Object({
            value: Type.String(),
            count: Count,
            share: Type.Number(),
            usual: Type.Optional(
              nullable(
                Type.Number({
                  description:
                    "Part of all the project's requests of the last seven days that have this value, at most",
                }),
              ),
            ),
            special: Type.Optional(
              Type.Boolean({ description: "So much commoner in this issue that chance does not explain it" }),
            ),
          }),
        ),
      }),
    ),
    reach: Type.Optional(
      Type.Object(
        { users: Count, activeUsers: nullable(Count) },
        { description: "Who met it in the last seven days, of everybody who was seen in them" },
      ),
    ),
    similar: Type.Array(
      Type.Object({
        id: Id,
        title: Type.String(),
        culprit: Type.String(),
        score: Type.Number(),
        state: oneOf(ISSUE_STATES),
      }),
    ),
    activity: Type.Array(
      Type.Object({ at: Time, by: Type.String(), action: Type.String(), detail: Type.Optional(AnyJson) }),
    ),
    analysis: nullable(AnalysisSchema),
    latestEvent: nullable(StoredErrorEventSchema),
  }),
);

export const IssueCommandSchema = named(
  "IssueCommand",
  Type.Union([
    Type.Object({ action: Type.Literal("resolve"), inNextRelease: Type.Optional(Type.Boolean()) }, exact),
    Type.Object(
      {
        action: Type.Literal("ignore"),
        untilCount: Type.Optional(
          Type.Integer({ minimum: 1, maximum: 1_000_000_000, description: "After this many more events" }),
        ),
        until: Type.Optional(Time),
      },
      exact,
    ),
    Type.Object({ action: Type.Literal("reopen") }, exact),
  ]),
);
