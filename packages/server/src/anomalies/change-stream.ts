import { PROFILE_LEVELS } from "@gatewatch/detect";
import type { StreamSettings, TuningRow } from "@gatewatch/protocol";
import type { StreamRecord, Subject } from "../model/anomaly.ts";
import type { Store } from "../model/store.ts";
import { tuneLevel } from "./tune-level.ts";

const TUNE_EVERY_MS = 3_600_000;
const WORDS_COUNT_FOR_MS = 30 * 86_400_000;

/** Changes settings of a stream, with a row for each that changes; a new profile brings its own level. */
export async function changeSettings(
  { anomalies }: Pick<Store, "anomalies">,
  record: StreamRecord,
  patch: Partial<StreamSettings>,
  { by, at, reason }: { by: string; at: number; reason: string },
): Promise<StreamRecord | null> {
  const rows: TuningRow[] = [];
  for (const field of ["profile", "autoTune", "adaptiveWindow"] as const) {
    const to = patch[field];
    if (to !== undefined && to !== record[field]) rows.push({ at, by, field, from: record[field], to, reason });
  }
  const level =
    patch.profile === undefined || patch.profile === record.profile ? undefined : PROFILE_LEVELS[patch.profile];
  if (level !== undefined && level !== record.level)
    rows.push({ at, by, field: "level", from: record.level, to: level, reason: "the profile's own" });
  return anomalies.changeStream(record, { ...patch, ...(level === undefined ? {} : { level }) }, rows);
}

/** Moves the level by what people said since its last change, if the stream is to; at most once an hour. */
export async function tuneStream(
  { anomalies }: Pick<Store, "anomalies">,
  record: StreamRecord,
  at: number,
): Promise<StreamRecord | null> {
  if (!record.autoTune) return null;
  const subject: Subject = record;
  const last = (await anomalies.listTuning(subject, 100)).find(
    ({ field }) => field === "level" || field === "autoTune",
  );
  if (last !== undefined && last.field === "level" && at - last.at < TUNE_EVERY_MS) return null;
  const since = Math.max(at - WORDS_COUNT_FOR_MS, last?.field === "level" ? last.at + 1 : 0);
  const change = tuneLevel(record, await anomalies.countFeedback(subject, since));
  if (change === null) return null;
  const { level, reason } = change;
  const row: TuningRow = { at, by: "gatewatch", field: "level", from: record.level, to: level, reason };
  return anomalies.changeStream(subject, { level }, [row]);
}
