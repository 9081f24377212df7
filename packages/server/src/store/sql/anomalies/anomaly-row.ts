import type { AnomalyFeedback, AnomalyRow } from "@gatewatch/protocol";
import type { Insertable, Selectable } from "kysely";
import type { AnomalyRecord } from "../../../model/anomaly.ts";
import { parseJson } from "../stored-json.ts";
import type { Tables } from "../tables.ts";
import { parseSubject, toSubjectRow } from "./subject-key.ts";

type Evidence = Pick<AnomalyRecord, "findings" | "event" | "normal" | "series" | "discovery" | "compression">;

/** Smaller ones are not of every engine's numbers. */
const SMALLEST = 1e-300;

/** Columns of a list: the evidence, the large part of a row, stays where it is. */
export const LISTED = [
  "id",
  "projectId",
  "kind",
  "stream",
  "measure",
  "startedAt",
  "endedAt",
  "pValue",
  "level",
  "score",
  "count",
  "why",
  "feedback",
  "told",
] as const satisfies readonly (keyof Tables["anomaly"])[];

export type ListedAnomaly = Pick<Selectable<Tables["anomaly"]>, (typeof LISTED)[number]>;

export function parseAnomalyRow(row: ListedAnomaly): AnomalyRow {
  return {
    ...parseSubject(row),
    id: row.id,
    startedAt: row.startedAt,
    endedAt: row.endedAt,
    pValue: row.pValue,
    level: row.level,
    score: row.score,
    count: row.count,
    why: row.why,
    feedback: row.feedback as AnomalyFeedback | null,
    told: row.told === 1,
  };
}

export function parseAnomaly(row: Selectable<Tables["anomaly"]>): AnomalyRecord {
  return { ...parseAnomalyRow(row), ...parseJson<Evidence>(row.evidence) };
}

/** What a turn of watching writes; the feedback belongs to people. */
export function toAnomalyValues(record: AnomalyRecord): Insertable<Tables["anomaly"]> {
  const { startedAt, endedAt, pValue, level, score, count, why, told } = record;
  const { findings, event, normal, series, discovery, compression } = record;
  const evidence: Evidence = { findings, event, normal, series, discovery, compression };
  return {
    ...toSubjectRow(record),
    startedAt,
    endedAt,
    pValue: Math.max(SMALLEST, pValue),
    level,
    score,
    count,
    why,
    told: told ? 1 : 0,
    evidence: JSON.stringify(evidence),
  };
}
