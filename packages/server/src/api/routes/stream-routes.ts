import { Type } from "typebox";
import type { Measure } from "@gatewatch/protocol";
import type { Subject } from "../../model/anomaly.ts";
import { ApiError } from "../../model/api-error.ts";
import { defineRoute } from "../route.ts";
import { exact } from "../schemas/named.ts";
import {
  StreamListSchema,
  StreamPatchSchema,
  StreamRowSchema,
  SubjectQuery,
  TuningListSchema,
} from "../schemas/anomaly-schemas.ts";

const read = { scope: "project", action: "read" } as const;
const manage = { scope: "project", action: "manage" } as const;
const OneStream = Type.Object(SubjectQuery, exact);

export const listStreams = defineRoute({
  method: "GET",
  path: "/api/streams",
  id: "listStreams",
  summary: "Everything that is watched: series of traffic and event streams",
  access: read,
  answer: StreamListSchema,
  handler: async ({ project }, deps) => ({ body: { streams: await deps.verbs.watch.listStreams(project.id) } }),
});

export const getStream = defineRoute({
  method: "GET",
  path: "/api/streams/one",
  id: "getStream",
  summary: "One stream: what it has seen, and how its detector keeps its promise",
  access: read,
  query: OneStream,
  answer: StreamRowSchema,
  async handler({ query, project }, deps) {
    const row = await deps.verbs.watch.getStream(toSubject(project.id, query));
    if (!row) throw noStream();
    return { body: row };
  },
});

export const changeStream = defineRoute({
  method: "PATCH",
  path: "/api/streams/one",
  id: "changeStream",
  summary: "Change the profile of a stream, or whether its level and memory follow feedback and change",
  access: manage,
  query: OneStream,
  body: StreamPatchSchema,
  answer: StreamRowSchema,
  async handler({ query, body, project, actor, at }, deps) {
    const { reason = "set by hand", ...patch } = body;
    if (query.kind === "series" && patch.adaptiveWindow === true)
      throw new ApiError(
        "invalid_request",
        "A series is seen through memories of several lengths at once; only an event stream has a window that adapts.",
        { details: { field: "adaptiveWindow" } },
      );
    const change = { by: actor, at, reason };
    const row = await deps.verbs.watch.changeStream(toSubject(project.id, query), patch, change);
    if (!row) throw noStream();
    return { body: row, audit: { stream: query.stream, measure: query.measure ?? null, ...patch } };
  },
});

export const deleteStream = defineRoute({
  method: "DELETE",
  path: "/api/streams/one",
  id: "deleteStream",
  summary: "Forget what a stream has learned; its anomalies stay, and traffic that goes on is watched anew",
  access: manage,
  query: OneStream,
  async handler({ query, project }, deps) {
    if (!(await deps.verbs.watch.dropStream(toSubject(project.id, query)))) throw noStream();
    return { audit: { stream: query.stream, measure: query.measure ?? null } };
  },
});

export const listTuning = defineRoute({
  method: "GET",
  path: "/api/streams/tuning",
  id: "listTuning",
  summary: "Every change of a stream's settings, by people or by tuning, newest first",
  access: read,
  query: Type.Object({ ...SubjectQuery, limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })) }, exact),
  answer: TuningListSchema,
  async handler({ query, project }, deps) {
    const subject = toSubject(project.id, query);
    if (!(await deps.verbs.watch.getStream(subject))) throw noStream();
    return { body: { rows: await deps.store.anomalies.listTuning(subject, query.limit ?? 100) } };
  },
});

function toSubject(
  projectId: number,
  { kind, stream, measure }: { kind: Subject["kind"]; stream: string; measure?: Measure },
): Subject {
  if ((kind === "series") !== (measure !== undefined))
    throw new ApiError(
      "invalid_request",
      kind === "series" ? "A series is named with its measure." : "An event stream has no measure.",
      { details: { field: "measure" } },
    );
  return { projectId, kind, stream, measure: measure ?? null };
}

function noStream(): ApiError {
  return new ApiError("not_found", "There is no such stream in this project.");
}
