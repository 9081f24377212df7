import type { Pool, PoolClient } from "pg";
import type { RollupTable } from "../../model/rollup.ts";
import { mergeSketches } from "../../model/sketch.ts";
import { slices } from "../sql/digest/slices.ts";
import { ROLLUP_TABLES } from "../sql/rollup-tables.ts";
import { withClient } from "./postgres-pool.ts";
import { type CellRow, insertCells } from "./rollup-rows.ts";

interface Cell {
  project_id: number;
  time: number;
  route_id: number;
}

interface StoredCell extends Cell {
  count: number;
  errors: number;
  client_errors: number;
  sum_us: number;
  max_us: number;
  sketch: Uint8Array;
}

const CELLS_PER_ROUND = 5_000;

/** Joins the delta rows of cells from `since` on; returns how many rows fewer there are. Readers see each cell whole at any moment. */
export async function compactRollups(pool: Pool, since: number): Promise<number> {
  let removed = 0;
  for (const table of Object.keys(ROLLUP_TABLES) as RollupTable[])
    removed += await withClient(pool, (client) => compactTable(client, table, since));
  return removed;
}

async function compactTable(client: PoolClient, table: RollupTable, since: number): Promise<number> {
  const { sqlName, cellMs } = ROLLUP_TABLES[table];
  let removed = 0;
  for (;;) {
    const { rows } = await client.query<Cell>(
      `select project_id, time, route_id from ${sqlName} where time >= $1
       group by project_id, time, route_id having count(*) > 1 limit $2`,
      [since - (since % cellMs), CELLS_PER_ROUND],
    );
    for (const part of slices(rows)) removed += await joinCells(client, table, part);
    if (rows.length < CELLS_PER_ROUND) return removed;
  }
}

/** Every row is deleted by exactly one transaction and counted again by the same, so that two compactions at once lose nothing. */
async function joinCells(client: PoolClient, table: RollupTable, cells: Cell[]): Promise<number> {
  const { sqlName } = ROLLUP_TABLES[table];
  await client.query("begin");
  try {
    const { rows } = await client.query<StoredCell>(
      `delete from ${sqlName} r using unnest($1::bigint[], $2::bigint[], $3::bigint[]) c(project_id, time, route_id)
       where r.project_id = c.project_id and r.time = c.time and r.route_id = c.route_id returning r.*`,
      [cells.map((cell) => cell.project_id), cells.map((cell) => cell.time), cells.map((cell) => cell.route_id)],
    );
    const groups = Map.groupBy(rows, (row) => `${row.project_id}:${row.time}:${row.route_id}`);
    await insertCells(client, table, [...groups.values()].map(joinRows));
    await client.query("commit");
    return rows.length - groups.size;
  } catch (error) {
    await client.query("rollback");
    throw error;
  }
}

function joinRows(rows: StoredCell[]): CellRow {
  const first = rows[0]!;
  return {
    projectId: first.project_id,
    time: first.time,
    routeId: first.route_id,
    count: rows.reduce((sum, row) => sum + row.count, 0),
    errors: rows.reduce((sum, row) => sum + row.errors, 0),
    clientErrors: rows.reduce((sum, row) => sum + row.client_errors, 0),
    sumUs: rows.reduce((sum, row) => sum + row.sum_us, 0),
    maxUs: rows.reduce((max, row) => Math.max(max, row.max_us), 0),
    sketch: mergeSketches(rows.map((row) => row.sketch)),
  };
}
