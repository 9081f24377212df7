import { randomUUID } from "node:crypto";
import type { ProfileName } from "@gatewatch/protocol";
import type { DetectionEvent, JudgedBatch, JudgedEvent } from "../../model/detection.ts";
import { makeStreamUuid } from "../../model/stream-uuid.ts";
import type { ApiDeps } from "../api-deps.ts";
import { payForEvents } from "../routes/detect-routes.ts";
import { makeOccurrenceUuid } from "./anomaly-ids.ts";
import { claimEvents, type EventClaim } from "./claim-events.ts";
import { chooseCompressor, measure, type Compressor } from "./compressors.ts";
import { type DetectOrder, type Overrides, parseDetectOrder } from "./detect-order.ts";
import { MIN_ANCHOR_EVENTS, measureDrift, openAnchor } from "./anchors.ts";
import type { DriftlockAnswer, DriftlockDeps, DriftlockRequest } from "./driftlock-route.ts";
import { makeMetrics } from "./figures.ts";
import { findStreamName } from "./find-stream.ts";
import { BASELINE_EVENTS, NCD_MARKS, WINDOW_EVENTS } from "./profiles.ts";
import { nameReplay } from "./replays.ts";

/** Anomalies of one answer whose figures are measured; of further ones the verdict is told. */
const MAX_MEASURED = 50;
const FIGURES_ONLY = ["compressor", "baseline_size", "window_size", "ncd_threshold"] as const;
const WITHOUT_EFFECT = ["hop_size", "permutation_count"] as const;

interface Detection {
  projectId: number;
  stream: string;
  order: DetectOrder;
  batch: JudgedBatch;
  /** Normal events before the order, as JSON, oldest first: for figures. */
  baseline: readonly string[];
  compressor: Compressor;
  profile: ProfileName;
}

/** An anomaly as the answer lists it. */
interface ListedAnomaly {
  index: number;
  [name: string]: unknown;
}

/** `POST /v1/detect`: judges events, and learns from them. A request that comes again gets the same answer. */
export async function detectEvents(request: DriftlockRequest, deps: DriftlockDeps): Promise<DriftlockAnswer> {
  const order = parseDetectOrder(request.body, request.size);
  const { projectId } = request.caller;
  const stream = await findStreamName(request.body["stream_id"], request.caller, deps);
  const work = (): Promise<DriftlockAnswer> => detect({ projectId, stream, order }, deps);
  if (request.retryKey === null) return work();
  const { value, isReplay } = await deps.replays.answers.run(nameReplay(projectId, stream, request.retryKey), work);
  return isReplay ? { ...value, headers: { ...value.headers, "idempotent-replayed": "true" } } : value;
}

/** `POST /v1/streams/{id}/events`: the same without an answer about each event. */
export async function takeEvents(request: DriftlockRequest, deps: DriftlockDeps): Promise<DriftlockAnswer> {
  const stream = await findStreamName(request.id, request.caller, deps);
  const { body, ...rest } = await detectEvents({ ...request, body: { ...request.body, stream_id: stream } }, deps);
  const { batch_id, stream_id, total_events } = body as Record<string, unknown>;
  return { ...rest, status: 202, body: { success: true, accepted: total_events, batch_id, stream_id } };
}

type Order = Pick<Detection, "projectId" | "stream" | "order">;

async function detect(given: Order, deps: DriftlockDeps): Promise<DriftlockAnswer> {
  const { projectId, stream, order } = given;
  await payForEvents(deps, projectId, order.events.length);
  const names = order.keys.map((key) => (key === null ? null : nameReplay(projectId, stream, key)));
  const claim = claimEvents(names, deps.replays.events);
  try {
    return await judgeClaim(claim, given, deps);
  } catch (error) {
    claim.fail(error);
    throw error;
  }
}

async function judgeClaim(
  claim: EventClaim,
  { projectId, stream, order }: Order,
  deps: DriftlockDeps,
): Promise<DriftlockAnswer> {
  const startedAt = performance.now();
  const { watch } = deps.verbs;
  const again = await listKnown(claim);
  const { fresh } = claim;
  const level = levelOf(order, deps);
  const batch = await watch.judgeInDetail({
    projectId,
    stream,
    events: fresh.map((index) => order.events[index]!),
    ...(level === undefined ? {} : { level }),
  });
  const compressor = chooseCompressor(order.overrides.compressor, watch);
  const isReady = batch.status === "ready";
  const anchor = isReady ? await openAnchor({ projectId, stream, batch, compressor }, deps) : null;
  // After a start the server remembers few events; the anchor outlives it.
  const baseline = batch.recent.length < MIN_ANCHOR_EVENTS ? (anchor?.lines ?? []) : batch.recent;
  const profile = order.profile ?? "balanced";
  const detection: Detection = { projectId, stream, order, batch, baseline, compressor, profile };
  const judged = await listAnomalies(detection, deps);
  const listed = judged.map((anomaly): ListedAnomaly => ({ ...anomaly, index: fresh[anomaly.index]! }));
  claim.settle(listed);
  const anomalies = [...listed, ...again].toSorted((one, other) => one.index - other.index);
  return {
    body: {
      success: true,
      batch_id: randomUUID(),
      stream_id: makeStreamUuid(projectId, stream),
      stream,
      total_events: order.events.length,
      anomaly_count: anomalies.length,
      processing_time: `${(performance.now() - startedAt).toFixed(1)}ms`,
      compression_algo: compressor.name,
      ...(compressor.fallbackFrom === null ? {} : { fallback_from_algo: compressor.fallbackFrom }),
      anomalies,
      ...describeState(batch),
      ...(isReady ? { drift: await measureDrift(anchor, batch, deps) } : {}),
      ...describeOverrides(order.overrides),
      significance_level: batch.level,
      decided_by: "p_value",
    },
  };
}

/** The level that the request asks for; the stream's own when it asks for none. */
function levelOf({ overrides, profile }: DetectOrder, { verbs }: ApiDeps): number | undefined {
  return overrides.p_value_threshold ?? (profile === null ? undefined : verbs.watch.profileLevels[profile]);
}

/** Whether the stream judges yet, and by how many events it does not. */
export function describeState({ status, seen, needed }: Pick<JudgedBatch, "status" | "seen" | "needed">): object {
  if (status === "ready") return { status, detection_ready: true, detection_events_needed: 0 };
  const facts = {
    detection_ready: false,
    detection_events_needed: needed,
    detection_min_events: seen + needed,
  };
  return {
    status,
    ...facts,
    calibration: {
      events_ingested: seen,
      events_needed: needed,
      min_baseline_size: seen + needed,
      progress_percent: Math.min(99, Math.floor((100 * seen) / (seen + needed))),
      ...facts,
      message: `Nothing is called anomalous before about ${needed} more events have been seen.`,
    },
  };
}

async function listAnomalies(detection: Detection, deps: ApiDeps): Promise<ListedAnomaly[]> {
  const { batch } = detection;
  return Promise.all(batch.anomalies.map((judged, at) => showAnomaly(detection, judged, at < MAX_MEASURED, deps)));
}

async function showAnomaly(
  { projectId, stream, order, batch, baseline, compressor, profile }: Detection,
  { index, atMs, pValue, score, block, why, findings }: JudgedEvent,
  isMeasured: boolean,
  { verbs, driftlock }: ApiDeps,
): Promise<ListedAnomaly> {
  const { baseline_size = BASELINE_EVENTS, window_size = WINDOW_EVENTS, ncd_threshold } = order.overrides;
  const window = isMeasured ? batch.events.slice(Math.max(0, index + 1 - window_size), index + 1).map(toLine) : [];
  const compression = await measure(baseline.slice(-baseline_size), window, compressor, verbs.watch);
  const evidence = { pValue, level: batch.level, why, compression, ncdMark: ncd_threshold ?? NCD_MARKS[profile] };
  return {
    id: makeOccurrenceUuid(projectId, stream, atMs, findings[0]?.field ?? ""),
    index,
    metrics: makeMetrics(evidence, driftlock.pascalCase),
    event: batch.events[index],
    why,
    detected: true,
    block,
    score,
    findings,
  };
}

export function toLine(event: DetectionEvent): string {
  return JSON.stringify(event);
}

/** The anomalies among events that were judged before. */
async function listKnown({ known }: EventClaim): Promise<ListedAnomaly[]> {
  const events = await Promise.all([...known].map(async ([index, event]) => ({ index, ...(await event) })));
  return events.flatMap(({ index, anomaly }) => (anomaly === null ? [] : [{ ...anomaly, index }]));
}

/** What the request's own settings did. */
function describeOverrides(overrides: Overrides): object {
  const given = (names: readonly (keyof Overrides)[]): string[] => names.filter((name) => name in overrides);
  if (Object.keys(overrides).length === 0) return {};
  return {
    config_override: {
      decided: given(["p_value_threshold"]),
      figures_only: given(FIGURES_ONLY),
      without_effect: given(WITHOUT_EFFECT),
      message:
        "The verdict is made of each event's p-value alone: p_value_threshold is this request's level, other settings change reported figures only.",
    },
  };
}
