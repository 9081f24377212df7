import { Type } from "typebox";
import type { AnomalyDetail } from "@gatewatch/protocol";
import type { AnomalyQuery, AnomalyRecord } from "../../model/anomaly.ts";
import { ApiError } from "../../model/api-error.ts";
import type { ApiDeps } from "../api-deps.ts";
import { loadProtection } from "../queries/load-protection.ts";
import { resolveSpan } from "../queries/resolve-span.ts";
import { defineRoute } from "../route.ts";
import {
  AnomalyDetailSchema,
  AnomalyFilter,
  AnomalyListSchema,
  FeedbackOrderSchema,
  ProtectionSchema,
} from "../schemas/anomaly-schemas.ts";
import { exact, Id } from "../schemas/named.ts";
import { SpanQuery } from "../schemas/telemetry-schemas.ts";

const read = { scope: "project", action: "read" } as const;
const triage = { scope: "project", action: "triage" } as const;
const OneAnomaly = Type.Object({ id: Id });

export const getProtection = defineRoute({
  method: "GET",
  path: "/api/protection",
  id: "getProtection",
  summary: "What stood out in traffic and events, and whether the promise on false alarms was kept",
  access: read,
  query: Type.Object(SpanQuery, exact),
  answer: ProtectionSchema,
  async handler({ query, project, at }, deps) {
    const question = { projectId: project.id, span: resolveSpan(query, at) };
    return { body: await loadProtection({ store: deps.store, watch: deps.verbs.watch }, question) };
  },
});

export const listAnomalies = defineRoute({
  method: "GET",
  path: "/api/anomalies",
  id: "listAnomalies",
  summary: "Anomalies, newest first; those of a span when it is given",
  access: read,
  query: Type.Object({ ...SpanQuery, ...AnomalyFilter }, exact),
  answer: AnomalyListSchema,
  async handler({ query, project, at }, deps) {
    const { range, from, to, limit, ...filter } = query;
    const hasSpan = range !== undefined || from !== undefined || to !== undefined;
    const question: AnomalyQuery = {
      projectId: project.id,
      limit: limit ?? 50,
      ...filter,
      ...(hasSpan ? resolveSpan(query, at) : {}),
    };
    return { body: await deps.store.anomalies.query(question) };
  },
});

export const getAnomaly = defineRoute({
  method: "GET",
  path: "/api/anomalies/:id",
  id: "getAnomaly",
  summary: "One anomaly with its evidence",
  access: read,
  params: OneAnomaly,
  answer: AnomalyDetailSchema,
  async handler({ params, project }, deps) {
    const record = await deps.store.anomalies.get(project.id, params.id);
    if (!record) throw noAnomaly(params.id);
    return { body: await showAnomaly(deps, record) };
  },
});

export const giveFeedback = defineRoute({
  method: "POST",
  path: "/api/anomalies/:id/feedback",
  id: "giveFeedback",
  summary: "Say that an anomaly is a false alarm, is real, or does not matter; later verdicts take it into account",
  access: triage,
  params: OneAnomaly,
  body: FeedbackOrderSchema,
  answer: AnomalyDetailSchema,
  async handler({ params, body, project, actor, at }, deps) {
    const { feedback, reason = null } = body;
    const order = { projectId: project.id, id: params.id, feedback, reason, by: actor, at };
    const record = await deps.verbs.watch.giveFeedback(order);
    if (!record) throw noAnomaly(params.id);
    return { body: await showAnomaly(deps, record), audit: { feedback } };
  },
});

async function showAnomaly(deps: ApiDeps, record: AnomalyRecord): Promise<AnomalyDetail> {
  return { ...record, history: await deps.store.anomalies.history(record.projectId, record.id) };
}

function noAnomaly(id: number): ApiError {
  return new ApiError("not_found", `There is no anomaly ${id} in this project.`);
}
