import type { AnomalyDetail } from "@gatewatch/protocol";
import type { AnomalyRecord } from "../../model/anomaly.ts";
import { makeStreamUuid } from "../../model/stream-uuid.ts";
import { makeAnomalyUuid } from "./anomaly-ids.ts";
import { statusOf } from "./anomaly-query.ts";
import { makeMetrics, type Metrics } from "./figures.ts";
import { NCD_MARKS } from "./profiles.ts";

const time = (at: number): string => new Date(at).toISOString();

function metricsOf({ pValue, level, why, compression }: AnomalyRecord, pascalCase: boolean): Metrics {
  return makeMetrics({ pValue, level, why, compression, ncdMark: NCD_MARKS.balanced }, pascalCase);
}

function headOf(record: AnomalyRecord): Record<string, unknown> {
  const { projectId, id, stream, startedAt, endedAt, count, why, feedback } = record;
  return {
    id: makeAnomalyUuid(projectId, id),
    stream_id: makeStreamUuid(projectId, stream),
    stream,
    status: statusOf(feedback),
    feedback_type: feedback,
    explanation: why,
    detected_at: time(startedAt),
    last_detected_at: time(endedAt ?? startedAt),
    event_count: count,
  };
}

/** One row of a list. */
export function toListed(record: AnomalyRecord): object {
  const { ncd, compression_ratio, entropy_change, p_value, confidence, confidence_level } = metricsOf(record, false);
  return { ...headOf(record), ncd, compression_ratio, entropy_change, p_value, confidence, confidence_level };
}

/** An anomaly with everything that it rests on. */
export function toDetailed(
  record: AnomalyRecord,
  history: AnomalyDetail["history"],
  pascalCase: boolean,
): Record<string, unknown> {
  const { event, normal, findings, projectId, id, startedAt, discovery, score, told } = record;
  const metrics = metricsOf(record, pascalCase);
  const uuid = makeAnomalyUuid(projectId, id);
  return {
    ...headOf(record),
    metrics,
    details: { event, metrics },
    findings,
    score,
    told,
    discovery,
    baseline_snapshot: normal,
    window_snapshot: event,
    evidence: [{ format: "json", uri: `/v1/anomalies/${uuid}`, created_at: time(startedAt) }],
    history: history.map(({ at, by, action, detail }) => ({
      at: time(at),
      by,
      action,
      ...(detail === undefined ? {} : { detail }),
    })),
  };
}
