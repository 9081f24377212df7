import { sql } from "kysely";
import type { RollupCell, RollupTable } from "../../../model/rollup.ts";
import { mergeSketches } from "../../../model/sketch.ts";
import type { Database } from "../dialect.ts";
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
