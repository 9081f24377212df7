import type { ClientStore, FeedbackOrder, FeedbackRecord } from "../../../model/client-records.ts";
import { cleanText } from "../clean-text.ts";
import type { Database, SqlDialect, WriteTransaction } from "../dialect.ts";
import { defineBulkInsert } from "../statement.ts";

const addRows = defineBulkInsert<FeedbackOrder>(
  "feedback",
  ["projectId", "at", "errorId", "issueId", "message", "name", "email", "url", "release", "environment"],
  "",
);

const LISTED = (
  ["id", "projectId", "at", "errorId", "message", "name", "email", "url", "release", "environment"] as const
).map((column) => `feedback.${column}` as const);

export async function addFeedback(
  tx: WriteTransaction,
  dialect: SqlDialect,
  rows: readonly FeedbackOrder[],
): Promise<void> {
  if (rows.length > 0) await addRows(tx, dialect, rows.map(cleanRow));
}

/** Where the error is kept, its issue counts: it may have moved since. */
export async function listFeedback(
  db: Database,
  ...[projectId, { issueId, before, limit }]: Parameters<ClientStore["listFeedback"]>
): Promise<FeedbackRecord[]> {
  return db
    .selectFrom("feedback")
    .leftJoin("issueEvent", (join) =>
      join.onRef("issueEvent.projectId", "=", "feedback.projectId").onRef("issueEvent.id", "=", "feedback.errorId"),
    )
    .select(LISTED)
    .select((eb) => eb.fn.coalesce("issueEvent.issueId", "feedback.issueId").as("issueId"))
    .where("feedback.projectId", "=", projectId)
    .$if(issueId !== null, (query) =>
      query.where((eb) => eb(eb.fn.coalesce("issueEvent.issueId", "feedback.issueId"), "=", issueId)),
    )
    .$if(before !== null, (query) => query.where("feedback.id", "<", before))
    .orderBy("feedback.id", "desc")
    .limit(limit)
    .execute();
}

function cleanRow(row: FeedbackOrder): FeedbackOrder {
  const entries = Object.entries(row).map(([name, value]) => [
    name,
    typeof value === "string" ? cleanText(value) : value,
  ]);
  return Object.fromEntries(entries) as FeedbackOrder;
}
