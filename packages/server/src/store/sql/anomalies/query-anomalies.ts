import type { AnomalyRow } from "@gatewatch/protocol";
import { type Expression, type ExpressionBuilder, type RawBuilder, sql, type SqlBool } from "kysely";
import type { AnomalyQuery, AnomalyRecord } from "../../../model/anomaly.ts";
import { parseCursor, toCursor } from "../cursor.ts";
import type { Database, SqlDialect } from "../dialect.ts";
import type { Tables } from "../tables.ts";
import { LISTED, parseAnomaly, parseAnomalyRow } from "./anomaly-row.ts";

/** One page of a project's anomalies, newest first, and how many there are in all. */
export async function queryAnomalies(
  db: Database,
  dialect: SqlDialect,
  query: AnomalyQuery,
): Promise<{ anomalies: AnomalyRow[]; nextCursor: string | null; total: number }> {
  let select = db
    .selectFrom("anomaly")
    .select(LISTED)
    .where(filter(query, dialect))
    .orderBy("startedAt", "desc")
    .orderBy("id", "desc")
    .limit(query.limit + 1);
  const after = parseCursor(query.cursor);
  if (after && Number.isSafeInteger(Number(after.id)))
    select = select.where((eb) =>
      eb.or([
        eb("startedAt", "<", after.value),
        eb.and([eb("startedAt", "=", after.value), eb("id", "<", Number(after.id))]),
      ]),
    );
  else if (query.offset !== undefined && query.offset > 0) select = select.offset(query.offset);
  const [rows, counted] = await Promise.all([
    select.execute(),
    db
      .selectFrom("anomaly")
      .select((eb) => eb.fn.countAll<number>().as("count"))
      .where(filter(query, dialect))
      .executeTakeFirst(),
  ]);
  const page = rows.slice(0, query.limit);
  const last = page.at(-1);
  return {
    anomalies: page.map(parseAnomalyRow),
    nextCursor: rows.length > query.limit && last ? toCursor(last.startedAt, String(last.id)) : null,
    total: Number(counted?.count ?? 0),
  };
}

/** The same with all that the anomalies rest on. */
export async function queryWhole(
  db: Database,
  dialect: SqlDialect,
  query: AnomalyQuery,
): Promise<{ anomalies: AnomalyRecord[]; nextCursor: string | null; total: number }> {
  const page = await queryAnomalies(db, dialect, query);
  if (page.anomalies.length === 0) return { ...page, anomalies: [] };
  const ids = page.anomalies.map(({ id }) => id);
  const rows = await db
    .selectFrom("anomaly")
    .selectAll()
    .where("projectId", "=", query.projectId)
    .where(dialect.isOneOf(sql.ref("id"), ids))
    .orderBy("startedAt", "desc")
    .orderBy("id", "desc")
    .execute();
  return { ...page, anomalies: rows.map(parseAnomaly) };
}

function filter(
  query: AnomalyQuery,
  dialect: SqlDialect,
): (eb: ExpressionBuilder<Tables, "anomaly">) => Expression<SqlBool> {
  return (eb) => {
    const parts: Expression<SqlBool>[] = [eb("projectId", "=", query.projectId)];
    if (query.kind !== undefined) parts.push(eb("kind", "=", query.kind));
    if (query.stream !== undefined) parts.push(eb("stream", "=", query.stream));
    if (query.measure !== undefined) parts.push(eb("measure", "=", query.measure));
    // A stretch belongs to every span that it touches.
    if (query.from !== undefined) parts.push(eb.or([eb("endedAt", "is", null), eb("endedAt", ">=", query.from)]));
    if (query.to !== undefined) parts.push(eb("startedAt", "<", query.to));
    if (query.maxPValue !== undefined) parts.push(eb("pValue", "<=", query.maxPValue));
    if (query.minNcd !== undefined) parts.push(sql<SqlBool>`${ncdOf(dialect)} >= ${query.minNcd}`);
    if (query.feedbacks !== undefined) parts.push(dialect.isOneOf(eb.ref("feedback"), query.feedbacks));
    if (query.told !== undefined) parts.push(eb("told", "=", query.told ? 1 : 0));
    if (query.feedback === "none") parts.push(eb("feedback", "is", null));
    else if (query.feedback !== undefined) parts.push(eb("feedback", "=", query.feedback));
    return eb.and(parts);
  };
}

/** As `json`, which takes what stands in texts as it is; `jsonb` would refuse some of it. */
function ncdOf({ engine }: SqlDialect): RawBuilder<number | null> {
  return engine === "sqlite"
    ? sql`json_extract(evidence, '$.compression.ncd')`
    : sql`(evidence::json #>> '{compression,ncd}')::float8`;
}
