import { sql } from "kysely";
import type { Database, SqlDialect } from "../dialect.ts";

const HOUR_MS = 3_600_000;

/** Events per hour of each issue's hashes: `hours` items, oldest first, ending with the hour of `now`. */
export async function readTrends(
  db: Database,
  dialect: SqlDialect,
  query: { projectId: number; issueIds: number[]; now: number; hours: number },
): Promise<Map<number, number[]>> {
  const lastHour = Math.floor(query.now / HOUR_MS) * HOUR_MS;
  const firstHour = lastHour - (query.hours - 1) * HOUR_MS;
  const trends = new Map<number, number[]>();
  if (query.issueIds.length === 0) return trends;
  const owned = await db
    .selectFrom("issue")
    .select("id")
    .where("projectId", "=", query.projectId)
    .where(dialect.isOneOf(sql.ref("id"), query.issueIds))
    .execute();
  for (const { id } of owned)
    trends.set(
      id,
      Array.from({ length: query.hours }, () => 0),
    );
  const rows = await db
    .selectFrom("issueHash as h")
    .innerJoin("issueHashHour as t", "t.hashId", "h.id")
    .select((eb) => ["h.issueId", "t.hour", eb.fn.sum<number>("t.events").as("events")])
    .where("h.projectId", "=", query.projectId)
    .where(dialect.isOneOf(sql.ref("h.issueId"), query.issueIds))
    .where("t.hour", ">=", firstHour)
    .where("t.hour", "<=", lastHour)
    .groupBy(["h.issueId", "t.hour"])
    .execute();
  for (const row of rows) {
    const trend = trends.get(row.issueId);
    if (trend) trend[(row.hour - firstHour) / HOUR_MS] = Number(row.events);
  }
  return trends;
}
