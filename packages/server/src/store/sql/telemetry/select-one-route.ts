import { type RawBuilder, sql } from "kysely";
import type { RollupPart } from "../../../model/rollup.ts";
import { ROLLUP_TABLES } from "../rollup-tables.ts";

/** Beyond so many cells a scan of the span is cheaper than one look-up a cell. */
const MAX_LOOKUPS = 10_000;

/** The key begins with the time, so the cells of one route (as `r`, by time) are looked up one by one instead of scanning all routes. */
export function selectOneRoute<Row>(
  columns: RawBuilder<unknown>,
  { table, projectId, from, to, routeId }: RollupPart & { projectId: number; routeId: number },
): RawBuilder<Row> {
  const { sqlName, cellMs } = ROLLUP_TABLES[table];
  const cells = sql.table(sqlName);
  const first = Math.ceil(from / cellMs) * cellMs;
  if (first >= to || (to - first) / cellMs > MAX_LOOKUPS)
    return sql<Row>`select ${columns} from ${cells} r
      where r.project_id = ${projectId} and r.time >= ${from} and r.time < ${to} and r.route_id = ${routeId}
      order by r.time`;
  // SQLite keeps the order of a cross join; left to itself it reads all routes first.
  return sql<Row>`
    with recursive cell(start) as (
      select ${sql.lit(first)} + 0 * ${sql.lit(cellMs)}
      union all
      select start + ${sql.lit(cellMs)} from cell where start + ${sql.lit(cellMs)} < ${sql.lit(to)})
    select ${columns} from cell cross join ${cells} r
      where r.project_id = ${projectId} and r.time = cell.start and r.route_id = ${routeId}
    order by r.time`;
}
