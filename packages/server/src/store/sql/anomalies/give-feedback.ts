import type { AnomalyFeedback } from "@gatewatch/protocol";
import type { AnomalyRecord, AnomalyStore, Subject } from "../../../model/anomaly.ts";
import type { Database, SqlDialect } from "../dialect.ts";
import { sql } from "kysely";
import { parseAnomaly } from "./anomaly-row.ts";
import { isAbout, parseSubject } from "./subject-key.ts";

const COLUMNS = { false_positive: "falsePositives", confirmed: "confirmed", dismissed: "dismissed" } as const;

/** Writes what a person says of an anomaly, counts it with its stream, and keeps who said it. */
export function setFeedback(
  db: Database,
  dialect: SqlDialect,
  ...[projectId, id, feedback, history]: Parameters<AnomalyStore["setFeedback"]>
): Promise<AnomalyRecord | null> {
  return db.transaction().execute(async (tx) => {
    const row = await tx
      .selectFrom("anomaly")
      .selectAll()
      .where("id", "=", id)
      .where("projectId", "=", projectId)
      .modifyEnd(sql.raw(dialect.rowLock))
      .executeTakeFirst();
    if (!row) return null;
    const before = row.feedback as AnomalyFeedback | null;
    const feedbackAt = feedback === null ? null : history.at;
    await tx.updateTable("anomaly").set({ feedback, feedbackAt }).where("id", "=", id).execute();
    if (before !== feedback) {
      for (const [word, step] of [
        [before, -1],
        [feedback, 1],
      ] as const) {
        if (word === null) continue;
        const column = COLUMNS[word];
        await tx
          .updateTable("watchStream")
          .set((eb) => ({ [column]: eb(column, "+", step) }))
          .where(isAbout(parseSubject(row)))
          .execute();
      }
    }
    await tx
      .insertInto("anomalyHistory")
      .values({
        projectId,
        anomalyId: id,
        at: history.at,
        actor: history.by,
        action: feedback ?? "feedback withdrawn",
        detail: history.reason === null ? null : JSON.stringify({ reason: history.reason }),
      })
      .execute();
    return parseAnomaly({ ...row, feedback, feedbackAt });
  });
}

/** How many anomalies of a stream each word was given since `since`. */
export async function countFeedback(
  db: Database,
  subject: Subject,
  since: number,
): Promise<Record<AnomalyFeedback, number>> {
  const rows = await db
    .selectFrom("anomaly")
    .select((eb) => ["feedback", eb.fn.countAll<number>().as("count")])
    .where(isAbout(subject))
    .where("feedbackAt", ">=", since)
    .groupBy("feedback")
    .execute();
  const of = (word: AnomalyFeedback) => Number(rows.find((row) => row.feedback === word)?.count ?? 0);
  return { false_positive: of("false_positive"), confirmed: of("confirmed"), dismissed: of("dismissed") };
}
