import { Type } from "typebox";
import { AnomalyRowSchema } from "./anomaly-schemas.ts";
import { IssueRowSchema } from "./issue-schemas.ts";
import { Count, Id, named, nullable, oneOf, Time } from "./named.ts";

const Milliseconds = Type.Number({ minimum: 0, description: "Milliseconds" });

export const SeriesSchema = named(
  "SeriesAnswer",
  Type.Object({
    from: Time,
    to: Time,
    stepMs: Type.Integer({ minimum: 1 }),
    route: nullable(Type.String()),
    time: Type.Array(Time, { maxItems: 600 }),
    requests: Type.Array(Count),
    errors: Type.Array(Count),
    clientErrors: Type.Array(Count),
    p50: Type.Array(nullable(Milliseconds)),
    p95: Type.Array(nullable(Milliseconds)),
    p99: Type.Array(nullable(Milliseconds)),
    max: Type.Array(nullable(Milliseconds)),
  }),
);

const RouteRowSchema = named(
  "RouteRow",
  Type.Object({
    method: Type.String(),
    route: Type.String(),
    count: Count,
    errors: Count,
    clientErrors: Count,
    p50: Milliseconds,
    p95: Milliseconds,
    p99: Milliseconds,
    max: Milliseconds,
    totalMs: Milliseconds,
  }),
);

export const RoutesSchema = named(
  "RoutesAnswer",
  Type.Object({ from: Time, to: Time, routes: Type.Array(RouteRowSchema) }),
);

export const OverviewSchema = named(
  "OverviewAnswer",
  Type.Object({
    from: Time,
    to: Time,
    verdict: Type.Object({ level: oneOf(["quiet", "ok", "warn", "bad"]), text: Type.String() }),
    cards: Type.Array(
      Type.Object({
        name: oneOf(["errorRate", "p95", "requestsPerMinute", "openIssues"]),
        value: nullable(Type.Number()),
        unit: Type.String(),
        before: nullable(Type.Number()),
        trend: Type.Array(nullable(Type.Number())),
      }),
    ),
    series: SeriesSchema,
    issues: Type.Array(IssueRowSchema),
    routes: Type.Array(RouteRowSchema),
    anomalies: Type.Optional(Type.Array(AnomalyRowSchema)),
    hasData: Type.Boolean(),
  }),
);

export const LiveMessageSchema = named(
  "LiveMessage",
  Type.Union([
    Type.Object({
      type: Type.Literal("requests"),
      rows: Type.Array(
        Type.Object({
          seq: Type.Integer({ description: "Rising; below nought for rows from before the server's start" }),
          time: Type.Number(),
          method: Type.String(),
          route: nullable(Type.String()),
          path: Type.String(),
          status: Type.Integer(),
          durationMs: Milliseconds,
          requestId: nullable(Type.String()),
          userId: nullable(Type.String()),
          client: nullable(Type.String()),
          errorId: nullable(Type.String()),
          issueId: nullable(Id),
        }),
      ),
      skipped: Count,
    }),
    Type.Object({
      type: Type.Literal("issue"),
      issue: IssueRowSchema,
      outcome: oneOf(["new", "regressed", "ongoing", "changed"]),
    }),
    Type.Object({ type: Type.Literal("analysis"), issueId: Id }),
    Type.Object({
      type: Type.Literal("tick"),
      time: Time,
      requestsPerSecond: Type.Number(),
      errorsPerSecond: Type.Number(),
      lagMs: Type.Number(),
    }),
  ]),
);

/** The span of a query: `range` back from now, or `from` and `to`. */
export const SpanQuery = {
  range: Type.Optional(
    Type.String({
      pattern: "^[1-9][0-9]{0,3}[mhd]$",
      description: "For example 15m, 24h, 7d; 1h when nothing is given",
    }),
  ),
  from: Type.Optional(Time),
  to: Type.Optional(Time),
};
