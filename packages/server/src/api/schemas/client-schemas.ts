import { MONITOR_STATES } from "@gatewatch/protocol";
import { Type } from "typebox";
import { Count, Id, named, nullable, oneOf, Time } from "./named.ts";

const Share = Type.Number({ minimum: 0, maximum: 1 });
const Text = nullable(Type.String());

export const MonitorRowSchema = named(
  "MonitorRow",
  Type.Object({
    slug: Type.String(),
    environment: Type.String(),
    schedule: nullable(
      Type.Object({
        kind: oneOf(["crontab", "interval"]),
        value: Type.String(),
        unit: Text,
        timezone: nullable(Type.String({ description: "IANA name; null: UTC" })),
      }),
    ),
    marginMin: Count,
    maxRuntimeMin: Count,
    failureThreshold: Count,
    recoveryThreshold: Count,
    state: oneOf(MONITOR_STATES),
    down: Type.Boolean({ description: "Enough runs in a row went wrong: its issue is open" }),
    failures: Type.Integer({ minimum: 0, description: "In a row" }),
    successes: Type.Integer({ minimum: 0, description: "In a row" }),
    lastCheckInAt: Time,
    lastDurationS: nullable(Type.Number()),
    expectedAt: nullable(Time),
    createdAt: Time,
  }),
);

export const MonitorListSchema = named("MonitorList", Type.Object({ monitors: Type.Array(MonitorRowSchema) }));

export const ReleaseListSchema = named(
  "ReleaseList",
  Type.Object({
    from: Time,
    to: Time,
    releases: Type.Array(
      named(
        "ReleaseRow",
        Type.Object({
          release: Type.String(),
          environment: Type.String(),
          sessions: Count,
          errored: Count,
          abnormal: Count,
          crashed: Count,
          crashFreeSessions: nullable(Share),
          users: Count,
          crashFreeUsers: nullable(Share),
          firstSeen: Time,
          lastSeen: Time,
        }),
      ),
    ),
  }),
);

export const FeedbackListSchema = named(
  "FeedbackList",
  Type.Object({
    feedback: Type.Array(
      named(
        "FeedbackRow",
        Type.Object({
          id: Id,
          at: Time,
          errorId: Text,
          issueId: nullable(Id),
          message: Type.String(),
          name: Text,
          email: Text,
          url: Text,
          release: Text,
          environment: Text,
        }),
      ),
    ),
    nextCursor: Text,
  }),
);
