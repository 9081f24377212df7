import { ANOMALY_FEEDBACKS, MEASURES, PROFILES, type Json } from "@gatewatch/protocol";
import { Type } from "typebox";
import { Count, exact, Id, named, nullable, oneOf, Time } from "./named.ts";

const AnyJson = Type.Unsafe<Json>({});
const PValue = Type.Number({
  minimum: 0,
  maximum: 1,
  description: "Probability of anything this unusual in a normal stream",
});
const Kind = oneOf(["series", "event"]);
const Feedback = oneOf(ANOMALY_FEEDBACKS);
const Level = Type.Number({ exclusiveMinimum: 0, maximum: 1, description: "False-alarm rate in force" });
export const StreamName = Type.String({ minLength: 1, maxLength: 200, description: "Name of an event stream" });

const FindingSchema = named(
  "AnomalyFinding",
  Type.Object({
    field: Type.String(),
    message: Type.String(),
    expected: Type.String(),
    seen: Type.String(),
    surprise: Type.Number({ description: "−log10 of how rare this part is by itself" }),
  }),
);

const row = {
  id: Id,
  projectId: Id,
  kind: Kind,
  stream: Type.String(),
  measure: nullable(oneOf(MEASURES)),
  startedAt: Time,
  endedAt: nullable(Time),
  pValue: PValue,
  level: Level,
  score: Type.Number(),
  count: Count,
  why: Type.String(),
  feedback: nullable(Feedback),
  told: Type.Boolean({ description: "Passed the bound on false discoveries: people were told" }),
};
export const AnomalyRowSchema = named("AnomalyRow", Type.Object(row));

export const AnomalyListSchema = named(
  "AnomalyList",
  Type.Object({ anomalies: Type.Array(AnomalyRowSchema), nextCursor: nullable(Type.String()), total: Count }),
);

const Points = Type.Array(nullable(Type.Number()));

export const AnomalyDetailSchema = named(
  "AnomalyDetail",
  Type.Object({
    ...row,
    findings: Type.Array(FindingSchema),
    event: AnyJson,
    normal: AnyJson,
    series: nullable(
      named(
        "AnomalySeries",
        Type.Object({
          stepMs: Type.Integer({ minimum: 1 }),
          time: Type.Array(Time),
          value: Points,
          low: Points,
          middle: Points,
          high: Points,
        }),
      ),
    ),
    discovery: Type.Object({ target: Type.Number(), level: Type.Number(), tested: Count, told: Count }),
    compression: nullable(
      named(
        "CompressionFigures",
        Type.Object({
          algorithm: Type.String(),
          fallbackFrom: nullable(Type.String()),
          ncd: Type.Number({ minimum: 0, maximum: 1 }),
          baselineRatio: Type.Number(),
          windowRatio: Type.Number(),
          baselineEntropy: Type.Number(),
          windowEntropy: Type.Number(),
        }),
      ),
    ),
    history: Type.Array(
      Type.Object({ at: Time, by: Type.String(), action: Type.String(), detail: Type.Optional(AnyJson) }),
    ),
  }),
);

export const FeedbackOrderSchema = Type.Object(
  { feedback: nullable(Feedback), reason: Type.Optional(Type.String({ maxLength: 500 })) },
  exact,
);

export const ProtectionSchema = named(
  "ProtectionAnswer",
  Type.Object({
    from: Time,
    to: Time,
    lanes: Type.Array(
      Type.Object({
        kind: Kind,
        stream: Type.String(),
        measure: nullable(oneOf(MEASURES)),
        anomalies: Type.Array(AnomalyRowSchema),
      }),
    ),
    watched: Type.Object({ series: Count, ready: Count, eventStreams: Count }),
    promise: Type.Object({
      target: Type.Number(),
      judged: Count,
      flagged: Count,
      expected: Type.Number(),
      told: Count,
    }),
    gate: Type.Object({ requests: Count, limited: Count, refused: Count }),
  }),
);

const settings = { profile: oneOf(PROFILES), autoTune: Type.Boolean(), adaptiveWindow: Type.Boolean() };

export const StreamRowSchema = named(
  "StreamRow",
  Type.Object({
    kind: Kind,
    stream: Type.String(),
    measure: nullable(oneOf(MEASURES)),
    ...settings,
    state: oneOf(["calibrating", "ready"]),
    seen: Count,
    needed: Count,
    quarantined: Count,
    level: Level,
    flaggedRate: nullable(Type.Number({ minimum: 0, maximum: 1 })),
    anomalies: Count,
    feedback: Type.Object({ false_positive: Count, confirmed: Count, dismissed: Count }),
    drift: Type.Number({ minimum: 0 }),
    lastSeenAt: nullable(Time),
    bytes: Count,
  }),
);
export const StreamListSchema = named("StreamList", Type.Object({ streams: Type.Array(StreamRowSchema) }));
export const StreamPatchSchema = Type.Partial(
  Type.Object({ ...settings, reason: Type.String({ maxLength: 500 }) }, exact),
);
export const TuningListSchema = named(
  "TuningList",
  Type.Object({
    rows: Type.Array(
      named(
        "TuningRow",
        Type.Object({
          at: Time,
          by: Type.String(),
          field: oneOf(["profile", "autoTune", "adaptiveWindow", "level", "window", "anchor"]),
          from: AnyJson,
          to: AnyJson,
          reason: Type.String(),
        }),
      ),
    ),
  }),
);

/** Which stream a question is about. */
export const SubjectQuery = {
  kind: Kind,
  stream: Type.String({
    maxLength: 300,
    description: "Name of an event stream; of a series `METHOD route`, or nothing for the whole project",
  }),
  measure: Type.Optional(oneOf(MEASURES)),
};

export const AnomalyFilter = {
  kind: Type.Optional(Kind),
  stream: Type.Optional(SubjectQuery.stream),
  measure: Type.Optional(oneOf(MEASURES)),
  feedback: Type.Optional(oneOf([...ANOMALY_FEEDBACKS, "none"])),
  maxPValue: Type.Optional(PValue),
  told: Type.Optional(Type.Boolean()),
  cursor: Type.Optional(Type.String({ maxLength: 500 })),
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
};

export const DetectOrderSchema = named(
  "DetectOrder",
  Type.Object(
    {
      stream: StreamName,
      events: Type.Array(Type.Unsafe<Record<string, Json>>({ type: "object", additionalProperties: true }), {
        minItems: 1,
        maxItems: 1_000,
      }),
    },
    exact,
  ),
);

export const DetectAnswerSchema = named(
  "DetectAnswer",
  Type.Object({
    stream: Type.String(),
    status: oneOf(["calibrating", "ready"]),
    level: Level,
    seen: Count,
    anomalies: Type.Array(
      Type.Object({
        index: Count,
        pValue: PValue,
        score: Type.Number(),
        block: Type.Boolean({ description: "Rare enough to refuse, whatever the level is" }),
        why: Type.String(),
        findings: Type.Array(FindingSchema),
      }),
    ),
  }),
);
