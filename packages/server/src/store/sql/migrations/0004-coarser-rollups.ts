import { sql } from "kysely";
import { mergeSketches } from "../../../model/sketch.ts";
import type { WriteTransaction } from "../dialect.ts";
import type { Migration } from "./migration.ts";

const FIVE_MINUTES_MS = 300_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

interface Cell {
  time: number;
  route_id: number;
  count: number;
  errors: number;
  client_errors: number;
  sum_us: number;
  max_us: number;
  sketch: Uint8Array;
}

interface Filling {
  table: string;
  source: string;
  cellMs: number;
  /** Routes of the source are summed up. */
  whole: boolean;
}

const FILLINGS: readonly Filling[] = [
  { table: "rollup_five_minute", source: "rollup_minute", cellMs: FIVE_MINUTES_MS, whole: true },
  { table: "rollup_five_minute_route", source: "rollup_minute_route", cellMs: FIVE_MINUTES_MS, whole: false },
  { table: "rollup_hour", source: "rollup_hour_route", cellMs: HOUR_MS, whole: true },
];

export const coarserRollups: Migration = {
  version: 4,
  name: "coarser rollups",
  statements({ engine, int, blob }) {
    const columns = `project_id ${int} not null, time ${int} not null, route_id ${int} not null, count ${int} not null,
      errors ${int} not null, client_errors ${int} not null, sum_us ${int} not null, max_us ${int} not null,
      sketch ${blob} not null`;
    return FILLINGS.flatMap(({ table }) =>
      engine === "sqlite"
        ? [`create table ${table} (${columns}, primary key (project_id, time, route_id)) without rowid`]
        : [`create table ${table} (${columns})`, `create index ${table}_cell on ${table} (project_id, time, route_id)`],
    );
  },
  async fill(tx) {
    const db = tx.withoutPlugins();
    for (const filling of FILLINGS) {
      const spans = await sql<{ id: number; first: number; last: number }>`
        select project_id as id, min(time) as first, max(time) as last from ${sql.table(filling.source)}
        group by project_id`.execute(db);
      for (const { id, first, last } of spans.rows)
        for (let day = first - (first % DAY_MS); day <= last; day += DAY_MS) await fillDay(db, filling, id, day);
    }
  },
};

type PlainDatabase = Pick<WriteTransaction, "getExecutor">;

async function fillDay(db: PlainDatabase, filling: Filling, projectId: number, day: number): Promise<void> {
  const { table, source, cellMs, whole } = filling;
  const { rows } = await sql<Cell>`
    select time, route_id, count, errors, client_errors, sum_us, max_us, sketch from ${sql.table(source)}
    where project_id = ${projectId} and time >= ${day} and time < ${day + DAY_MS}`.execute(db);
  const groups = Map.groupBy(rows, (row) => `${row.time - (row.time % cellMs)}:${whole ? 0 : row.route_id}`);
  for (const [key, cells] of groups) {
    const [time, routeId] = key.split(":").map(Number);
    const sum = (name: "count" | "errors" | "client_errors" | "sum_us") =>
      cells.reduce((total, cell) => total + cell[name], 0);
    await sql`
      insert into ${sql.table(table)}
        (project_id, time, route_id, count, errors, client_errors, sum_us, max_us, sketch)
      values (${projectId}, ${time}, ${routeId}, ${sum("count")}, ${sum("errors")}, ${sum("client_errors")},
        ${sum("sum_us")}, ${Math.max(...cells.map((cell) => cell.max_us))},
        ${mergeSketches(cells.map((cell) => cell.sketch))})`.execute(db);
  }
}
