import type { RollupDelta, RollupTable } from "../../model/rollup.ts";
import { Sketch } from "../../model/sketch.ts";
import { cleanText } from "../sql/clean-text.ts";
import { ROLLUP_TABLES } from "../sql/rollup-tables.ts";
import type { SqliteConnection, SqlRow } from "./sqlite-connection.ts";

const MAX_CACHED_ROUTES = 50_000;

/** Ids of route names; forgotten when a unit is rolled back, since its new ids went with it. */
class RouteIds {
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

/** Sketches of the cells written last stay decoded, about 10 KB each: a unit adds to the same cells as the one before. */
const MAX_CACHED_SKETCHES = 4_000;

/** The writer's side of the rollup tables: one row a cell, counts summed and sketches merged. */
export class RollupCells {
  private readonly routes = new RouteIds();
  /** What the rows hold; least recently used first. */
  private readonly sketches = new Map<string, Sketch>();

  add(connection: SqliteConnection, table: RollupTable, deltas: readonly RollupDelta[]): void {
    const { insert, read, update } = prepareStatements(connection, table);
    for (const delta of deltas) {
      const { projectId, time, count, errors, clientErrors, sumUs, maxUs, sketch } = delta;
      const routeId = delta.route === null ? 0 : this.routes.get(connection, delta.route);
      const key = `${table}:${projectId}:${time}:${routeId}`;
      const merged = this.sketches.get(key) ?? parseStored(read.get(projectId, time, routeId));
      merged?.mergeBytes(sketch);
      const isStored =
        merged !== undefined &&
        update.run(count, errors, clientErrors, sumUs, maxUs, merged.toBytes(), projectId, time, routeId).changes > 0;
      // Retention may have deleted a cell that is still remembered: it begins anew.
      if (!isStored) insert.run(projectId, time, routeId, count, errors, clientErrors, sumUs, maxUs, sketch);
      this.remember(key, isStored ? merged : Sketch.parse(sketch));
    }
  }

  /** To be called when a unit was rolled back: what is remembered was never stored. */
  forget(): void {
    this.routes.forget();
    this.sketches.clear();
  }

  private remember(key: string, sketch: Sketch): void {
    this.sketches.delete(key);
    this.sketches.set(key, sketch);
    if (this.sketches.size <= MAX_CACHED_SKETCHES) return;
    const oldest = this.sketches.keys().next().value;
    if (oldest !== undefined) this.sketches.delete(oldest);
  }
}

function parseStored(row: SqlRow | undefined): Sketch | undefined {
  return row && Sketch.parse(row["sketch"] as Uint8Array);
}

function prepareStatements(connection: SqliteConnection, table: RollupTable) {
  const { sqlName } = ROLLUP_TABLES[table];
  return {
    insert: connection.prepare(
      `insert into ${sqlName} (project_id, time, route_id, count, errors, client_errors, sum_us, max_us, sketch)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    read: connection.prepare(`select sketch from ${sqlName} where project_id = ? and time = ? and route_id = ?`),
    update: connection.prepare(
      `update ${sqlName} set count = count + ?, errors = errors + ?, client_errors = client_errors + ?,
         sum_us = sum_us + ?, max_us = max(max_us, ?), sketch = ?
       where project_id = ? and time = ? and route_id = ?`,
    ),
  };
}
