import { sql } from "kysely";
import type { RollupCell, RollupTable } from "../../../model/rollup.ts";
import { mergeSketches } from "../../../model/sketch.ts";
import type { Database, SqlDialect } from "../dialect.ts";
import { ROLLUP_TABLES } from "../rollup-tables.ts";
import type { RollupTableRow } from "../tables.ts";
import { selectOneRoute } from "./select-one-route.ts";

export interface RollupSpan {
  table: RollupTable;
  projectId: number;
  from: number;
  to: number;
}

/** Cells of one table within [from, to), ordered by time and route; delta rows of one cell come merged. */
export async function readRollups(db: Database, span: RollupSpan, route?: string): Promise<RollupCell[]> {
  if (route !== undefined) {
    const found = await db.selectFrom("route").select("id").where("name", "=", route).executeTakeFirst();
    if (!found) return [];
    const { rows } = await selectOneRoute<RollupTableRow>(sql`r.*`, { ...span, routeId: found.id }).execute(db);
    return mergeRows(rows, () => route);
  }
  const rows = await db
    .selectFrom(ROLLUP_TABLES[span.table].table)
    .leftJoin("route", "route.id", "routeId")
    .select(["projectId", "time", "routeId", "count", "errors", "clientErrors", "sumUs", "maxUs", "sketch"])
    .select("route.name as route")
    .where("projectId", "=", span.projectId)
    .where("time", ">=", span.from)
    .where("time", "<", span.to)
    .orderBy("time")
    .orderBy("routeId")
    .execute();
  return mergeRows(rows, (row) => row.route);
}

/** Cells of a table with routes, merged per route over [from, to), by total time, at most `limit`. */
export async function readRoutes(
  db: Database,
  dialect: SqlDialect,
  span: RollupSpan,
  limit: number,
): Promise<RollupCell[]> {
  const { table } = ROLLUP_TABLES[span.table];
  const sums = await db
    .selectFrom(table)
    .select((eb) => [
      "routeId",
      eb.fn.sum<number>("count").as("count"),
      eb.fn.sum<number>("errors").as("errors"),
      eb.fn.sum<number>("clientErrors").as("clientErrors"),
      eb.fn.sum<number>("sumUs").as("sumUs"),
      eb.fn.max<number>("maxUs").as("maxUs"),
    ])
    .where("projectId", "=", span.projectId)
    .where("time", ">=", span.from)
    .where("time", "<", span.to)
    .groupBy("routeId")
    .orderBy("sumUs", "desc")
    .orderBy("routeId")
    .limit(limit)
    .execute();
  const ids = sums.map((row) => row.routeId);
  if (ids.length === 0) return [];
  const names = new Map(
    (
      await db
        .selectFrom("route")
        .selectAll()
        .where(dialect.isOneOf(sql.ref("id"), ids))
        .execute()
    ).map((row) => [row.id, row.name]),
  );
  const sketches = Map.groupBy(
    await db
      .selectFrom(table)
      .select(["routeId", "sketch"])
      .where("projectId", "=", span.projectId)
      .where("time", ">=", span.from)
      .where("time", "<", span.to)
      .where(dialect.isOneOf(sql.ref("routeId"), ids))
      .execute(),
    (row) => row.routeId,
  );
  return sums.map((row) => ({
    projectId: span.projectId,
    time: span.from,
    route: names.get(row.routeId) ?? null,
    count: Number(row.count),
    errors: Number(row.errors),
    clientErrors: Number(row.clientErrors),
    sumUs: Number(row.sumUs),
    maxUs: Number(row.maxUs),
    sketch: mergeSketches((sketches.get(row.routeId) ?? []).map((part) => part.sketch)),
  }));
}

function mergeRows<Row extends RollupTableRow>(rows: Row[], routeOf: (row: Row) => string | null): RollupCell[] {
  const cells: RollupCell[] = [];
  for (let at = 0; at < rows.length;) {
    const first = rows[at]!;
    let end = at + 1;
    while (end < rows.length && rows[end]!.time === first.time && rows[end]!.routeId === first.routeId) end++;
    const parts = rows.slice(at, end);
    cells.push({
      projectId: first.projectId,
      time: first.time,
      route: routeOf(first),
      count: parts.reduce((sum, part) => sum + part.count, 0),
      errors: parts.reduce((sum, part) => sum + part.errors, 0),
      clientErrors: parts.reduce((sum, part) => sum + part.clientErrors, 0),
      sumUs: parts.reduce((sum, part) => sum + part.sumUs, 0),
      maxUs: parts.reduce((max, part) => Math.max(max, part.maxUs), 0),
      sketch: mergeSketches(parts.map((part) => part.sketch)),
    });
    at = end;
  }
  return cells;
}
