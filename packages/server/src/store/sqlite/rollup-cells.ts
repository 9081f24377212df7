import type { RollupDelta, RollupTable } from "../../model/rollup.ts";
import { mergeSketches } from "../../model/sketch.ts";
import { cleanText } from "../sql/clean-text.ts";
import { ROLLUP_TABLES } from "../sql/rollup-tables.ts";
import type { SqliteConnection } from "./sqlite-connection.ts";

const MAX_CACHED_ROUTES = 50_000;

/** Ids of route names; forgotten when a unit is rolled back, since its new ids went with it. */
export class RouteIds {
  private readonly ids = new Map<string, number>();

  get(connection: SqliteConnection, name: string): number {
    const cached = this.ids.get(name);
    if (cached !== undefined) return cached;
    const clean = cleanText(name);
    const found = connection.prepare("select id from route where name = ?").get(clean);
    const id = found
      ? Number(found["id"])
      : connection.prepare("insert into route (name) values (?)").run(clean).lastId;
    if (this.ids.size >= MAX_CACHED_ROUTES) this.ids.clear();
    this.ids.set(name, id);
    return id;
  }

  forget(): void {
    this.ids.clear();
  }
}

/** Adds deltas to the cells of one table: counts are summed, sketches merged. */
export function addRollups(
  connection: SqliteConnection,
  routes: RouteIds,
  table: RollupTable,
  deltas: readonly RollupDelta[],
): void {
  const { sqlName } = ROLLUP_TABLES[table];
  const insert = connection.prepare(
    `insert into ${sqlName} (project_id, time, route_id, count, errors, client_errors, sum_us, max_us, sketch)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const read = connection.prepare(`select sketch from ${sqlName} where project_id = ? and time = ? and route_id = ?`);
  const update = connection.prepare(
    `update ${sqlName} set count = count + ?, errors = errors + ?, client_errors = client_errors + ?,
       sum_us = sum_us + ?, max_us = max(max_us, ?), sketch = ?
     where project_id = ? and time = ? and route_id = ?`,
  );
  for (const delta of deltas) {
    const { projectId, time, count, errors, clientErrors, sumUs, maxUs, sketch } = delta;
    const routeId = delta.route === null ? 0 : routes.get(connection, delta.route);
    const stored = read.get(projectId, time, routeId);
    if (!stored) insert.run(projectId, time, routeId, count, errors, clientErrors, sumUs, maxUs, sketch);
    else {
      const merged = mergeSketches([stored["sketch"] as Uint8Array, sketch]);
      update.run(count, errors, clientErrors, sumUs, maxUs, merged, projectId, time, routeId);
    }
  }
}
