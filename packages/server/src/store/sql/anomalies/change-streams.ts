import type { Json, TuningRow } from "@gatewatch/protocol";
import type { Updateable } from "kysely";
import type { AnomalyStore, StreamRecord, Subject } from "../../../model/anomaly.ts";
import type { Database } from "../dialect.ts";
import { parseJson } from "../stored-json.ts";
import type { Tables } from "../tables.ts";
import { parseStream, STREAM_COLUMNS, toStreamValues } from "./stream-row.ts";
import { isAbout, toSubjectRow } from "./subject-key.ts";

/** The false-alarm rates of the profiles, as the detectors keep them. */
const LEVELS = { sensitive: 1e-2, balanced: 1e-3, strict: 1e-4 } as const;

/** The stream as it is, or a new one with its profile's level; null when the project has its number of them. */
export function createStream(
  db: Database,
  ...[subject, { profile, at }, maxStreams]: Parameters<AnomalyStore["createStream"]>
): Promise<StreamRecord | null> {
  return db.transaction().execute(async (tx) => {
    const find = () => tx.selectFrom("watchStream").select(STREAM_COLUMNS).where(isAbout(subject)).executeTakeFirst();
    const known = await find();
    if (known) return parseStream(known);
    const { count } = await tx
      .selectFrom("watchStream")
      .select((eb) => eb.fn.countAll<number>().as("count"))
      .where("projectId", "=", subject.projectId)
      .where("kind", "=", subject.kind)
      .executeTakeFirstOrThrow();
    if (Number(count) >= maxStreams) return null;
    const fresh: StreamRecord = {
      ...subject,
      profile,
      autoTune: false,
      adaptiveWindow: false,
      level: LEVELS[profile],
      createdAt: at,
      lastSeenAt: null,
      seen: 0,
      judged: 0,
      flagged: 0,
      feedback: { false_positive: 0, confirmed: 0, dismissed: 0 },
    };
    await tx
      .insertInto("watchStream")
      .values(toStreamValues(fresh))
      .onConflict((conflict) => conflict.columns(["projectId", "kind", "stream", "measure"]).doNothing())
      .execute();
    const made = await find();
    return made ? parseStream(made) : null;
  });
}

/** Changes the settings of a stream, with a row of history for each; null when there is no such stream. */
export function changeStream(
  db: Database,
  ...[subject, change, rows]: Parameters<AnomalyStore["changeStream"]>
): Promise<StreamRecord | null> {
  const values: Updateable<Tables["watchStream"]> = {};
  if (change.profile !== undefined) values.profile = change.profile;
  if (change.autoTune !== undefined) values.autoTune = change.autoTune ? 1 : 0;
  if (change.adaptiveWindow !== undefined) values.adaptiveWindow = change.adaptiveWindow ? 1 : 0;
  if (change.level !== undefined) values.level = change.level;
  if (change.anchor !== undefined) values.anchor = JSON.stringify(change.anchor);
  return db.transaction().execute(async (tx) => {
    const row = await tx
      .updateTable("watchStream")
      .set((eb) => ({ profile: eb.ref("profile"), ...values }))
      .where(isAbout(subject))
      .returning(STREAM_COLUMNS)
      .executeTakeFirst();
    if (!row) return null;
    for (const { at, by, field, from, to, reason } of rows) {
      await tx
        .insertInto("streamTuning")
        .values({
          ...toSubjectRow(subject),
          at,
          actor: by,
          field,
          before: JSON.stringify(from),
          after: JSON.stringify(to),
          reason,
        })
        .execute();
    }
    return parseStream(row);
  });
}

/** Null without one. */
export async function readAnchor(db: Database, subject: Subject): Promise<Json> {
  const row = await db.selectFrom("watchStream").select("anchor").where(isAbout(subject)).executeTakeFirst();
  return row?.anchor ? parseJson<Json>(row.anchor) : null;
}

/** Changes of a stream, newest first. */
export async function listTuning(db: Database, subject: Subject, limit: number): Promise<TuningRow[]> {
  const rows = await db
    .selectFrom("streamTuning")
    .select(["at", "actor", "field", "before", "after", "reason"])
    .where(isAbout(subject))
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
  return rows.map(({ at, actor, field, before, after, reason }) => ({
    at,
    by: actor,
    field: field as TuningRow["field"],
    from: parseJson<Json>(before),
    to: parseJson<Json>(after),
    reason,
  }));
}
