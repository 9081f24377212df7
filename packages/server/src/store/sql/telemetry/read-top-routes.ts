import { type RawBuilder, sql } from "kysely";
import type { RouteTotals, TopRoutesQuestion } from "../../../model/rollup.ts";
import { Sketch } from "../../../model/sketch.ts";
import type { Database, SqlDialect } from "../dialect.ts";
import { ROLLUP_TABLES } from "../rollup-tables.ts";
import { quantileUs } from "./fold-series.ts";

interface RouteSums {
  route_id: number;
  name: string;
  count: number;
  errors: number;
  client_errors: number;
  sum_us: number;
  max_us: number;
}

const ORDERS = { sumUs: sql`sum_us`, errors: sql`errors` } as const;

/** First the sums, which choose the routes; then the sketches of these alone. */
export async function readTopRoutes(
  db: Database,
  dialect: SqlDialect,
  question: TopRoutesQuestion,
): Promise<RouteTotals[]> {
  if (question.parts.length === 0) return [];
  const plain = db.withoutPlugins();
  const columns = sql`route_id, count, errors, client_errors, sum_us, max_us`;
  const { rows: sums } = await sql<RouteSums>`
    select s.*, route.name from (
      select route_id, cast(sum(count) as bigint) as count, cast(sum(errors) as bigint) as errors,
        cast(sum(client_errors) as bigint) as client_errors, cast(sum(sum_us) as bigint) as sum_us, max(max_us) as max_us
      from (${selectCells(columns, question, sql`true`)}) cells
      group by route_id order by ${ORDERS[question.by]} desc, route_id limit ${question.limit}) s
    join route on route.id = s.route_id
    order by ${ORDERS[question.by]} desc, route_id`.execute(plain);
  const ids = sums.map((row) => row.route_id);
  if (ids.length === 0) return [];
  const chosen = dialect.isOneOf(sql`route_id`, ids);
  const { rows } = await sql<{ route_id: number; sketch: Uint8Array }>`${selectCells(
    sql`route_id, sketch`,
    question,
    sql`${chosen}`,
  )}`.execute(plain);
  const sketches = new Map(ids.map((id) => [id, new Sketch()]));
  for (const row of rows) sketches.get(row.route_id)?.mergeBytes(row.sketch);
  return sums.map((row) => {
    const sketch = sketches.get(row.route_id)!;
    return {
      route: row.name,
      count: row.count,
      errors: row.errors,
      clientErrors: row.client_errors,
      sumUs: row.sum_us,
      maxUs: row.max_us,
      p50Us: quantileUs(sketch, 0.5, row.max_us),
      p95Us: quantileUs(sketch, 0.95, row.max_us),
      p99Us: quantileUs(sketch, 0.99, row.max_us),
    };
  });
}

function selectCells(
  columns: RawBuilder<unknown>,
  { projectId, parts }: TopRoutesQuestion,
  condition: RawBuilder<unknown>,
): RawBuilder<unknown> {
  return sql.join(
    parts.map(
      ({ table, from, to }) => sql`select ${columns} from ${sql.table(ROLLUP_TABLES[table].sqlName)}
        where project_id = ${projectId} and time >= ${from} and time < ${to} and ${condition}`,
    ),
    sql` union all `,
  );
}
