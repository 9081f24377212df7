import type { Expression, ExpressionBuilder, SqlBool } from "kysely";
import type { Measure } from "@gatewatch/protocol";
import type { Subject } from "../../../model/anomaly.ts";
import type { Tables } from "../tables.ts";

export interface SubjectRow {
  projectId: number;
  kind: string;
  stream: string;
  measure: string;
}

type SubjectTable = "anomaly" | "detectorState" | "watchStream" | "streamTuning";

/** The columns of a subject; an absent measure is empty text, which can stand in a key. */
export function toSubjectRow({ projectId, kind, stream, measure }: Subject): SubjectRow {
  return { projectId, kind, stream, measure: measure ?? "" };
}

export function parseSubject({ projectId, kind, stream, measure }: SubjectRow): Subject {
  return {
    projectId,
    kind: kind as Subject["kind"],
    stream,
    measure: measure === "" ? null : (measure as Measure),
  };
}

/** That a row is about this subject. */
export function isAbout(subject: Subject): (eb: ExpressionBuilder<Tables, SubjectTable>) => Expression<SqlBool> {
  const row = toSubjectRow(subject);
  return (eb) => eb.and({ ...row });
}
