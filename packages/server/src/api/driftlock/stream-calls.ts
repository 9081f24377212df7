import type { StreamRow, TuningRow } from "@gatewatch/protocol";
import { ApiError } from "../../model/api-error.ts";
import { makeStreamUuid } from "../../model/stream-uuid.ts";
import type { ApiDeps } from "../api-deps.ts";
import { isUuid } from "./anomaly-ids.ts";
import { describeState } from "./detect-events.ts";
import type { DriftlockAnswer, DriftlockRequest } from "./driftlock-route.ts";
import type { Caller } from "./find-caller.ts";
import { findStreamName, noStream, toSubject } from "./find-stream.ts";
import { describeProfiles, parseProfile, thresholdsOf } from "./profiles.ts";

const MAX_HISTORY = 20;

/** The stream that the path names. @throws ApiError `not_found` */
export async function findStream({ id, caller }: DriftlockRequest, deps: ApiDeps): Promise<StreamRow> {
  const name = await findStreamName(id, caller, deps);
  const row = await deps.verbs.watch.getStream(toSubject(caller.projectId, name));
  if (row === null) throw noStream();
  return row;
}

/** For activity and audit. */
export function nameCaller({ credentialId }: Caller): string {
  return `token ${credentialId}`;
}

/** `GET /v1/streams` */
export async function listStreams({ caller }: DriftlockRequest, deps: ApiDeps): Promise<DriftlockAnswer> {
  const rows = (await deps.verbs.watch.listStreams(caller.projectId)).filter(({ kind }) => kind === "event");
  const streams = rows
    .map((row) => showStream(row, caller.projectId))
    .filter(({ id }) => caller.boundTo === null || id === caller.boundTo);
  return { body: { streams, total: streams.length } };
}

/** `POST /v1/streams` */
export async function createStream(request: DriftlockRequest, deps: ApiDeps): Promise<DriftlockAnswer> {
  const { body, caller, at } = request;
  const { slug, detection_profile: wanted } = body;
  if (slug === undefined || slug === "") throw new ApiError("invalid_request", "slug required");
  if (typeof slug === "string" && isUuid(slug))
    throw new ApiError("invalid_request", "slug must not look like an id of a stream");
  const profile = wanted === undefined || wanted === null ? null : parseProfile(wanted, "detection_profile");
  const { watch } = deps.verbs;
  const stream = await findStreamName(slug, caller, deps);
  const subject = toSubject(caller.projectId, stream);
  if ((await watch.getStream(subject)) !== null) throw new ApiError("conflict", "There is a stream of this slug.");
  await watch.judgeInDetail({ projectId: caller.projectId, stream, events: [] });
  const change = { by: nameCaller(caller), at, reason: "created so by a client" };
  const row = await watch.changeStream(subject, profile === null ? {} : { profile }, change);
  if (row === null) throw noStream();
  return { status: 201, body: { success: true, stream: showStream(row, caller.projectId) }, audit: { stream } };
}

/** `GET /v1/streams/{id}` */
export async function getStream(request: DriftlockRequest, deps: ApiDeps): Promise<DriftlockAnswer> {
  return { body: showStream(await findStream(request, deps), request.caller.projectId) };
}

/** `GET /v1/streams/{id}/profile` */
export async function getProfile(request: DriftlockRequest, deps: ApiDeps): Promise<DriftlockAnswer> {
  const { profile, level, autoTune, adaptiveWindow } = await findStream(request, deps);
  return {
    body: {
      profile,
      auto_tune_enabled: autoTune,
      adaptive_window_enabled: adaptiveWindow,
      current_thresholds: thresholdsOf(profile, level),
      profile_descriptions: describeProfiles(deps.verbs.watch.profileLevels),
    },
  };
}

/** `PATCH /v1/streams/{id}/profile` */
export async function changeProfile(request: DriftlockRequest, deps: ApiDeps): Promise<DriftlockAnswer> {
  const { body, caller, at } = request;
  const { stream } = await findStream(request, deps);
  const autoTune = readSwitch(body, "auto_tune_enabled");
  const adaptiveWindow = readSwitch(body, "adaptive_window_enabled");
  const patch = {
    ...(body["profile"] === undefined ? {} : { profile: parseProfile(body["profile"], "profile") }),
    ...(autoTune === undefined ? {} : { autoTune }),
    ...(adaptiveWindow === undefined ? {} : { adaptiveWindow }),
  };
  if (Object.keys(patch).length === 0)
    throw new ApiError("invalid_request", "send profile, auto_tune_enabled or adaptive_window_enabled");
  const change = { by: nameCaller(caller), at, reason: "set by a client" };
  const row = await deps.verbs.watch.changeStream(toSubject(caller.projectId, stream), patch, change);
  if (row === null) throw noStream();
  return {
    body: { success: true, message: "Profile updated", current_thresholds: thresholdsOf(row.profile, row.level) },
    audit: { stream, ...patch },
  };
}

/** `GET /v1/streams/{id}/tuning` */
export async function getTuning(request: DriftlockRequest, deps: ApiDeps): Promise<DriftlockAnswer> {
  const { projectId } = request.caller;
  const row = await findStream(request, deps);
  const history = await deps.store.anomalies.listTuning(toSubject(projectId, row.stream), MAX_HISTORY);
  return {
    body: {
      current_settings: {
        profile: row.profile,
        auto_tune_enabled: row.autoTune,
        adaptive_window_enabled: row.adaptiveWindow,
        ...thresholdsOf(row.profile, row.level),
      },
      tune_history: history.map(showTuning),
      feedback_stats: countFeedback(row),
    },
  };
}

/** `GET /v1/profiles` */
export function listProfiles({ verbs }: ApiDeps): object {
  return { profiles: describeProfiles(verbs.watch.profileLevels) };
}

function showStream(row: StreamRow, projectId: number) {
  const { stream, state, seen, needed, profile, autoTune, adaptiveWindow, anomalies, flaggedRate, lastSeenAt } = row;
  return {
    id: makeStreamUuid(projectId, stream),
    slug: stream,
    ...describeState({ status: state, seen, needed }),
    detection_profile: profile,
    auto_tune_enabled: autoTune,
    adaptive_window_enabled: adaptiveWindow,
    current_thresholds: thresholdsOf(profile, row.level),
    events_ingested: seen,
    anomaly_count: anomalies,
    flagged_rate: flaggedRate,
    last_event_at: lastSeenAt === null ? null : new Date(lastSeenAt).toISOString(),
  };
}

function showTuning({ at, by, field, from, to, reason }: TuningRow): object {
  return {
    tune_type: field,
    old_value: from,
    new_value: to,
    reason,
    // Changes are made by people, or by a rule that has no measure of its own certainty.
    confidence: null,
    changed_by: by,
    created_at: new Date(at).toISOString(),
  };
}

function countFeedback({ feedback }: StreamRow): object {
  const { false_positive: wrong, confirmed, dismissed } = feedback;
  const total = wrong + confirmed + dismissed;
  return {
    total_feedback: total,
    false_positives: wrong,
    confirmed,
    dismissed,
    false_positive_rate: total === 0 ? null : wrong / total,
  };
}

function readSwitch(body: Record<string, unknown>, name: string): boolean | undefined {
  const value = body[name];
  if (value === undefined || typeof value === "boolean") return value;
  throw new ApiError("invalid_request", `${name} must be true or false`);
}
