import type { StreamRow } from "@gatewatch/protocol";
import type { StreamRecord } from "../model/anomaly.ts";

/** What only the detector knows of a stream. */
export interface DetectorFacts {
  state: StreamRow["state"];
  /** About how many a detector needs before it judges. */
  needs: number;
  quarantined: number;
  drift: number;
  bytes: number;
}

export function showStream(record: StreamRecord, facts: DetectorFacts, anomalies: number): StreamRow {
  const { kind, stream, measure, profile, autoTune, adaptiveWindow, level, seen, judged, flagged } = record;
  const { state, needs, quarantined, drift, bytes } = facts;
  return {
    kind,
    stream,
    measure,
    profile,
    autoTune,
    adaptiveWindow,
    state,
    seen,
    needed: state === "ready" ? 0 : Math.max(1, needs - seen),
    quarantined,
    level,
    flaggedRate: judged === 0 ? null : flagged / judged,
    anomalies,
    feedback: record.feedback,
    drift: Number.isFinite(drift) ? drift : 0,
    lastSeenAt: record.lastSeenAt,
    bytes,
  };
}
