import type { StreamRow } from "@gatewatch/protocol";
import { makeStreamUuid } from "../../model/stream-uuid.ts";
import type { ApiDeps } from "../api-deps.ts";
import {
  demandAnchorEvents,
  DRIFT_NCD_MARK,
  dropAnchor,
  freezeAnchor,
  MIN_ANCHOR_EVENTS,
  readAnchor,
  type Anchor,
} from "./anchors.ts";
import { chooseCompressor, measure } from "./compressors.ts";
import { parseEvents } from "./detect-order.ts";
import { toLine } from "./detect-events.ts";
import type { DriftlockAnswer, DriftlockRequest } from "./driftlock-route.ts";
import { noStream } from "./find-stream.ts";
import { findStream, nameCaller } from "./stream-calls.ts";

/** `GET /v1/streams/{id}/anchor` */
export async function getAnchor(request: DriftlockRequest, deps: ApiDeps): Promise<DriftlockAnswer> {
  const { stream } = await findStream(request, deps);
  const anchor = await readAnchor(request.caller.projectId, stream, deps);
  const isActive = anchor?.isActive === true;
  return {
    body: {
      anchor_enabled: true,
      drift_ncd_threshold: DRIFT_NCD_MARK,
      anchor_reset_on_drift: false,
      has_active_anchor: isActive,
      ...(isActive ? { anchor_id: anchor.id } : {}),
    },
  };
}

/** `GET /v1/streams/{id}/anchor/details` */
export async function getAnchorDetails(request: DriftlockRequest, deps: ApiDeps): Promise<DriftlockAnswer> {
  const { stream } = await findStream(request, deps);
  const anchor = await readAnchor(request.caller.projectId, stream, deps);
  if (anchor === null || !anchor.isActive)
    return { body: { anchor: null, message: "The stream has no active anchor." } };
  return { body: { anchor: await showAnchor(anchor, makeStreamUuid(request.caller.projectId, stream), deps) } };
}

/** `POST /v1/streams/{id}/reset-anchor` */
export async function resetAnchor(request: DriftlockRequest, deps: ApiDeps): Promise<DriftlockAnswer> {
  const { body, size, caller, at } = request;
  const row = await findStream(request, deps);
  const { events } = parseEvents(body["events"], size);
  if (row.state === "calibrating" && body["force_reset"] !== true) return refuseYoung(row);
  demandAnchorEvents(events.length);
  const { watch } = deps.verbs;
  const redacted = await watch.redactEvents(caller.projectId, events);
  const change = {
    projectId: caller.projectId,
    stream: row.stream,
    by: nameCaller(caller),
    at,
    reason: "set by a client",
  };
  const anchor = await freezeAnchor(redacted.map(toLine), chooseCompressor(undefined, watch), change, deps);
  return {
    body: {
      success: true,
      anchor_id: anchor.id,
      message: `The anchor holds ${anchor.lines.length} events; figures of drift compare with them.`,
    },
    audit: { stream: row.stream, anchor: anchor.id },
  };
}

/** `DELETE /v1/streams/{id}/anchor` */
export async function deleteAnchor(request: DriftlockRequest, deps: ApiDeps): Promise<DriftlockAnswer> {
  const { caller, at } = request;
  const { stream } = await findStream(request, deps);
  const change = { projectId: caller.projectId, stream, by: nameCaller(caller), at, reason: "removed by a client" };
  if (!(await dropAnchor(change, deps))) throw noStream("The stream has no active anchor.");
  return { body: { success: true, message: "The anchor is no longer active." }, audit: { stream, anchor: null } };
}

function refuseYoung({ seen, needed }: StreamRow): DriftlockAnswer {
  return {
    status: 412,
    body: {
      success: false,
      error: "stream_not_calibrated",
      message: `The stream is calibrating; it needs about ${needed} more events. force_reset sets an anchor all the same.`,
      calibration: {
        events_ingested: seen,
        min_baseline_size: Math.max(MIN_ANCHOR_EVENTS, seen + needed),
        progress_percent: Math.floor((100 * seen) / (seen + needed)),
      },
    },
  };
}

async function showAnchor({ id, compressor, createdAt, lines }: Anchor, streamId: string, deps: ApiDeps) {
  const figures = await measure(lines, lines, { name: compressor }, deps.verbs.watch);
  const at = new Date(createdAt).toISOString();
  return {
    id,
    stream_id: streamId,
    compressor,
    event_count: lines.length,
    calibration_completed_at: at,
    is_active: true,
    baseline_entropy: figures?.baselineEntropy ?? null,
    baseline_compression_ratio: figures?.baselineRatio ?? null,
    drift_ncd_threshold: DRIFT_NCD_MARK,
    created_at: at,
  };
}
