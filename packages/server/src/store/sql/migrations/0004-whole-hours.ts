import { sql } from "kysely";
import { mergeSketches } from "../../../model/sketch.ts";
import type { WriteTransaction } from "../dialect.ts";
import type { Migration } from "./migration.ts";

const DAY_MS = 86_400_000;

interface HourCell {
  time: number;
  count: number;
  errors: number;
  client_errors: number;
  sum_us: number;
  max_us: number;
  sketch: Uint8Array;
}

export const wholeHours: Migration = {
  version: 4,
  name: "whole hours",
  statements({ engine, int, blob }) {
    const columns = `project_id ${int} not null, time ${int} not null, route_id ${int} not null, count ${int} not null,
      errors ${int} not null, client_errors ${int} not null, sum_us ${int} not null, max_us ${int} not null,
      sketch ${blob} not null`;
    return engine === "sqlite"
      ? [`create table rollup_hour (${columns}, primary key (project_id, time, route_id)) without rowid`]
      : [
          `create table rollup_hour (${columns})`,
          `create index rollup_hour_cell on rollup_hour (project_id, time, route_id)`,
        ];
  },
  /** An hour of the project is the sum of that hour over its routes. */
  async fill(tx) {
    const db = tx.withoutPlugins();
    const spans = await sql<{ id: number; first: number; last: number }>`
      select project_id as id, min(time) as first, max(time) as last from rollup_hour_route group by project_id`.execute(
      db,
    );
    for (const { id, first, last } of spans.rows)
      for (let from = first; from <= last; from += DAY_MS) await fillSpan(db, id, from, from + DAY_MS);
  },
};

async function fillSpan(
  db: Pick<WriteTransaction, "getExecutor">,
  projectId: number,
  from: number,
  to: number,
): Promise<void> {
  const { rows } = await sql<HourCell>`
    select time, count, errors, client_errors, sum_us, max_us, sketch from rollup_hour_route
    where project_id = ${projectId} and time >= ${from} and time < ${to}`.execute(db);
  for (const [time, cells] of Map.groupBy(rows, (row) => row.time)) {
    const sum = (name: "count" | "errors" | "client_errors" | "sum_us") =>
      cells.reduce((total, cell) => total + cell[name], 0);
    await sql`
      insert into rollup_hour (project_id, time, route_id, count, errors, client_errors, sum_us, max_us, sketch)
      values (${projectId}, ${time}, 0, ${sum("count")}, ${sum("errors")}, ${sum("client_errors")}, ${sum("sum_us")},
        ${Math.max(...cells.map((cell) => cell.max_us))}, ${mergeSketches(cells.map((cell) => cell.sketch))})`.execute(
      db,
    );
  }
}
