import type { PoolClient } from "pg";
import type { RollupDelta, RollupTable } from "../../model/rollup.ts";
import { cleanText } from "../sql/clean-text.ts";
import { ROLLUP_TABLES } from "../sql/rollup-tables.ts";

const MAX_CACHED_ROUTES = 50_000;

/** Ids of route names; forgotten when a unit is rolled back, since its new ids went with it. */
export class RouteIds {
  private readonly ids = new Map<string, number>();

  /** Looks up or creates all names at once. */
  async resolve(client: PoolClient, names: Iterable<string>): Promise<Map<string, number>> {
    const wanted = [...names].map(cleanText);
    if (this.ids.size + wanted.length > MAX_CACHED_ROUTES) this.ids.clear();
    const missing = wanted.filter((name) => !this.ids.has(name));
    if (missing.length > 0) {
      const values = [missing];
      await client.query(`insert into route (name) select unnest($1::text[]) on conflict do nothing`, values);
      const { rows } = await client.query<{ id: number; name: string }>(
        `select id, name from route where name = any($1::text[])`,
        values,
      );
      for (const { id, name } of rows) this.ids.set(name, id);
    }
    return this.ids;
  }

  forget(): void {
    this.ids.clear();
  }
}

/** Appends deltas as rows of their own: no two writers ever wait for one cell. */
export async function appendRollups(
  client: PoolClient,
  routes: RouteIds,
  table: RollupTable,
  deltas: readonly RollupDelta[],
): Promise<void> {
  if (deltas.length === 0) return;
  const ids = await routes.resolve(client, new Set(deltas.flatMap((delta) => delta.route ?? [])));
  await insertCells(
    client,
    table,
    deltas.map((delta) => ({ ...delta, routeId: delta.route === null ? 0 : ids.get(cleanText(delta.route))! })),
  );
}

export type CellRow = Omit<RollupDelta, "route"> & { routeId: number };

export async function insertCells(client: PoolClient, table: RollupTable, cells: readonly CellRow[]): Promise<void> {
  const { sqlName } = ROLLUP_TABLES[table];
  await client.query({
    name: `append-${sqlName}`,
    text: `insert into ${sqlName}
        (project_id, time, route_id, count, errors, client_errors, sum_us, max_us, sketch)
      select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
        $7::bigint[], $8::bigint[], $9::bytea[])`,
    values: [
      cells.map((cell) => cell.projectId),
      cells.map((cell) => cell.time),
      cells.map((cell) => cell.routeId),
      cells.map((cell) => cell.count),
      cells.map((cell) => cell.errors),
      cells.map((cell) => cell.clientErrors),
      cells.map((cell) => cell.sumUs),
      cells.map((cell) => cell.maxUs),
      cells.map((cell) => cell.sketch),
    ],
  });
}
