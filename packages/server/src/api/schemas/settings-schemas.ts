import type { Attributes } from "@gatewatch/protocol";
import { Type } from "typebox";
import { MAX_AGENT_RULES } from "../../model/agent-rules.ts";
import { Count, exact, Id, named, nullable, oneOf, Time } from "./named.ts";

const AnyAttributes = Type.Unsafe<Attributes>({ type: "object", additionalProperties: true });
const Name = Type.String({ minLength: 1, maxLength: 100 });
const Days = (max: number) => Type.Integer({ minimum: 60_000, maximum: max * 86_400_000 });

export const ErrorBodySchema = named(
  "ErrorBody",
  Type.Object({
    error: Type.Object({
      code: Type.String(),
      message: Type.String(),
      requestId: Type.Optional(Type.String()),
      details: Type.Optional(Type.Unknown()),
    }),
  }),
);

export const ProjectRowSchema = named(
  "ProjectRow",
  Type.Object({ id: Id, name: Type.String(), slug: Type.String(), createdAt: Time, eventsLast24h: Count }),
);
export const ProjectListSchema = named("ProjectList", Type.Object({ projects: Type.Array(ProjectRowSchema) }));
export const ProjectOrderSchema = Type.Object({ name: Name }, exact);

const tokenRow = {
  id: Id,
  projectId: Id,
  kind: oneOf(["token", "dsn", "clientSecret", "driftlock"]),
  scope: oneOf(["ingest", "read", "admin"]),
  name: Type.String(),
  hint: Type.String(),
  createdAt: Time,
  lastUsedAt: nullable(Time),
  revokedAt: nullable(Time),
};
export const TokenListSchema = named(
  "TokenList",
  Type.Object({ tokens: Type.Array(named("TokenRow", Type.Object(tokenRow))) }),
);
export const TokenCreatedSchema = named(
  "TokenCreated",
  Type.Object({ ...tokenRow, token: Type.String(), dsn: Type.Optional(Type.String()) }),
);
export const TokenOrderSchema = Type.Object(
  {
    kind: Type.Optional(oneOf(["token", "dsn", "clientSecret", "driftlock"])),
    scope: Type.Optional(oneOf(["ingest", "read", "admin"])),
    stream: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description: "Of a driftlock key: the only stream it may be used for",
      }),
    ),
    name: Name,
  },
  exact,
);

const UserSchema = Type.Object({
  id: Id,
  email: Type.String(),
  name: Type.String(),
  role: oneOf(["admin", "member"]),
});
export const SessionAnswerSchema = named(
  "SessionAnswer",
  Type.Object({ user: UserSchema, projects: Type.Array(ProjectRowSchema), version: Type.String() }),
);
export const SignInSchema = Type.Object(
  { email: Type.String({ maxLength: 254 }), password: Type.String({ maxLength: 256 }) },
  exact,
);
export const SessionListSchema = named(
  "SessionList",
  Type.Object({
    sessions: Type.Array(
      Type.Object({
        id: Type.String(),
        current: Type.Boolean(),
        createdAt: Time,
        lastSeenAt: Time,
        expiresAt: Time,
        userAgent: nullable(Type.String()),
      }),
    ),
  }),
);
export const PasswordOrderSchema = Type.Object(
  { current: Type.Optional(Type.String({ maxLength: 256 })), next: Type.String({ maxLength: 256 }) },
  exact,
);

const RedactKeys = Type.Array(Type.String({ minLength: 2, maxLength: 64 }), { maxItems: 200 });
const retention = {
  rawMaxAgeMs: Days(3650),
  minuteMaxAgeMs: Days(365),
  minuteRouteMaxAgeMs: Days(90),
  hourRouteMaxAgeMs: Days(3650),
  dayMaxAgeMs: Days(36_500),
  samplesPerIssue: Type.Integer({ minimum: 1, maximum: 10_000 }),
  maxBytes: Type.Integer({ minimum: 64 * 1024 * 1024, maximum: Number.MAX_SAFE_INTEGER }),
  batchIdMaxAgeMs: Days(90),
};
const analyst = {
  maxCallsPerDay: Type.Integer({ minimum: 0, maximum: 100_000 }),
  maxUsdPerDay: Type.Number({ minimum: 0, maximum: 10_000 }),
};
export const SettingsSchema = named(
  "SettingsAnswer",
  Type.Object({
    project: Type.Object({
      id: Id,
      name: Type.String(),
      slug: Type.String(),
      redactKeys: Type.Array(Type.String()),
      agentRules: Type.Array(Type.Unknown()),
      agentRuleProblems: Type.Array(Type.String()),
    }),
    retention: Type.Object(retention),
    analyst: Type.Object(analyst),
  }),
);
export const SettingsPatchSchema = named(
  "SettingsPatch",
  Type.Object(
    {
      project: Type.Optional(
        Type.Object(
          {
            name: Type.Optional(Name),
            redactKeys: Type.Optional(RedactKeys),
            agentRules: Type.Optional(Type.Array(Type.Unknown(), { maxItems: MAX_AGENT_RULES })),
          },
          exact,
        ),
      ),
      retention: Type.Optional(Type.Partial(Type.Object(retention, exact))),
      analyst: Type.Optional(Type.Partial(Type.Object(analyst, exact))),
    },
    exact,
  ),
);

export const ChannelRowSchema = named(
  "ChannelRow",
  Type.Object({
    id: Id,
    kind: Type.String(),
    name: Type.String(),
    enabled: Type.Boolean(),
    config: AnyAttributes,
    lastSuccessAt: nullable(Time),
    lastFailureAt: nullable(Time),
    lastFailure: nullable(Type.String()),
  }),
);
export const ChannelListSchema = named("ChannelList", Type.Object({ channels: Type.Array(ChannelRowSchema) }));
export const ChannelKindListSchema = named(
  "ChannelKindList",
  Type.Object({ kinds: Type.Array(Type.Object({ kind: Type.String(), configSchema: AnyAttributes })) }),
);
export const ChannelOrderSchema = Type.Object(
  {
    kind: Type.String({ minLength: 1, maxLength: 50 }),
    name: Name,
    enabled: Type.Optional(Type.Boolean()),
    config: AnyAttributes,
  },
  exact,
);
export const ChannelPatchSchema = Type.Object(
  { name: Type.Optional(Name), enabled: Type.Optional(Type.Boolean()), config: Type.Optional(AnyAttributes) },
  exact,
);
export const ChannelTestSchema = named("ChannelTest", Type.Object({ ok: Type.Boolean(), message: Type.String() }));

const AlertConditionSchema = named(
  "AlertCondition",
  Type.Union([
    Type.Object({ kind: Type.Literal("newIssue") }, exact),
    Type.Object({ kind: Type.Literal("regression") }, exact),
    Type.Object({ kind: Type.Literal("criticalSeverity") }, exact),
    Type.Object(
      {
        kind: Type.Literal("errorCount"),
        threshold: Type.Integer({ minimum: 1, maximum: 1_000_000_000 }),
        windowMs: Type.Integer({ minimum: 60_000, maximum: 86_400_000 }),
      },
      exact,
    ),
    Type.Object({ kind: Type.Literal("anomaly") }, exact),
  ]),
);
const ruleOrder = {
  enabled: Type.Boolean(),
  name: Name,
  when: AlertConditionSchema,
  channels: Type.Array(Id, { maxItems: 50 }),
  cooldownMs: Type.Integer({ minimum: 0, maximum: 30 * 86_400_000 }),
};
export const AlertRuleSchema = named("AlertRuleRow", Type.Object({ id: Id, projectId: Id, ...ruleOrder }));
export const AlertRuleListSchema = named("AlertRuleList", Type.Object({ rules: Type.Array(AlertRuleSchema) }));
export const AlertRuleOrderSchema = Type.Object(ruleOrder, exact);
export const AlertRulePatchSchema = Type.Partial(Type.Object(ruleOrder, exact));

export const DeliveryListSchema = named(
  "DeliveryList",
  Type.Object({
    deliveries: Type.Array(
      named(
        "DeliveryRow",
        Type.Object({
          id: Type.String(),
          channelId: nullable(Id),
          kind: oneOf(["alert", "digest", "analysis"]),
          state: oneOf(["waiting", "delivered", "dead"]),
          attempts: Count,
          nextAttemptAt: nullable(Time),
          createdAt: Time,
          lastError: nullable(Type.String()),
          summary: Type.String(),
        }),
      ),
    ),
  }),
);

export const HealthSchema = named(
  "HealthAnswer",
  Type.Object({
    version: Type.String(),
    uptimeMs: Count,
    store: oneOf(["sqlite", "postgres"]),
    intake: Type.Object({ acceptedEvents: Count, rejectedEvents: Count, batches: Count, duplicates: Count }),
    journal: Type.Object({ appendedBytes: Count, lagBytes: Count, lagMs: Type.Number() }),
    digest: Type.Object({
      events: Count,
      lagMs: Type.Number(),
      failures: Count,
      poisoned: Count,
      halted: nullable(Type.String()),
    }),
    watch: Type.Optional(
      Type.Object({
        watchedUntil: nullable(Time),
        series: Count,
        eventStreams: Count,
        bytes: Count,
        events: Count,
        failures: Count,
        passedOver: Type.Object({ requests: Count, anomalies: Count, routes: Count }),
      }),
    ),
    drops: Type.Array(Type.Object({ where: oneOf(["client", "server"]), reason: Type.String(), count: Count })),
    disk: Type.Object({ dataBytes: Count, freeBytes: nullable(Count) }),
    alerts: Type.Object({ waiting: Count, dead: Count }),
    analyst: Type.Object({
      provider: nullable(Type.String()),
      callsToday: Count,
      spentTodayUsd: Type.Number(),
      budgetUsd: Type.Number(),
    }),
  }),
);
