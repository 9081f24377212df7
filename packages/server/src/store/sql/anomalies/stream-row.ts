import type { ProfileName } from "@gatewatch/protocol";
import type { Selectable } from "kysely";
import type { StreamRecord } from "../../../model/anomaly.ts";
import type { Tables } from "../tables.ts";
import { parseSubject, toSubjectRow } from "./subject-key.ts";

/** All but the anchor. */
export const STREAM_COLUMNS = [
  "projectId",
  "kind",
  "stream",
  "measure",
  "profile",
  "autoTune",
  "adaptiveWindow",
  "level",
  "createdAt",
  "lastSeenAt",
  "seen",
  "judged",
  "flagged",
  "falsePositives",
  "confirmed",
  "dismissed",
] as const satisfies readonly (keyof Tables["watchStream"])[];

export type StreamValues = Pick<Selectable<Tables["watchStream"]>, (typeof STREAM_COLUMNS)[number]>;

export function parseStream(row: StreamValues): StreamRecord {
  return {
    ...parseSubject(row),
    profile: row.profile as ProfileName,
    autoTune: row.autoTune === 1,
    adaptiveWindow: row.adaptiveWindow === 1,
    level: row.level,
    createdAt: row.createdAt,
    lastSeenAt: row.lastSeenAt,
    seen: row.seen,
    judged: row.judged,
    flagged: row.flagged,
    feedback: { false_positive: row.falsePositives, confirmed: row.confirmed, dismissed: row.dismissed },
  };
}

export function toStreamValues(stream: StreamRecord): StreamValues {
  const { profile, level, createdAt, lastSeenAt, seen, judged, flagged, feedback } = stream;
  return {
    ...toSubjectRow(stream),
    profile,
    autoTune: stream.autoTune ? 1 : 0,
    adaptiveWindow: stream.adaptiveWindow ? 1 : 0,
    level,
    createdAt,
    lastSeenAt,
    seen,
    judged,
    flagged,
    falsePositives: feedback.false_positive,
    confirmed: feedback.confirmed,
    dismissed: feedback.dismissed,
  };
}
