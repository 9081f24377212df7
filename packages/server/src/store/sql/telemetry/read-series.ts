import { sql } from "kysely";
import type { RollupPart, RollupSeries, SeriesQuestion } from "../../../model/rollup.ts";
import type { Database } from "../dialect.ts";
import { ROLLUP_TABLES } from "../rollup-tables.ts";
import { type CellRow, foldSeries } from "./fold-series.ts";
import { selectOneRoute } from "./select-one-route.ts";

const COLUMNS = sql`r.time, r.count, r.errors, r.client_errors, r.max_us, r.sketch`;

/** Folds the cells of the question's parts in the thread that reads them. */
export async function readSeries(db: Database, question: SeriesQuestion): Promise<RollupSeries> {
  // Thousands of rows are read and dropped at once: renaming their columns would cost as much as reading them.
  const plain = db.withoutPlugins();
  const { projectId, route } = question;
  const routeId = route === null ? null : await findRoute(db, route);
  const rows: CellRow[] = [];
  if (routeId !== undefined) {
    for (const part of question.parts) {
      const found =
        routeId === null
          ? await selectSpan(projectId, part).execute(plain)
          : await selectOneRoute<CellRow>(COLUMNS, { ...part, projectId, routeId }).execute(plain);
      rows.push(...found.rows);
    }
  }
  return foldSeries(rows, question);
}

async function findRoute(db: Database, name: string): Promise<number | undefined> {
  const found = await db.selectFrom("route").select("id").where("name", "=", name).executeTakeFirst();
  return found?.id;
}

function selectSpan(projectId: number, { table, from, to }: RollupPart) {
  return sql<CellRow>`select ${COLUMNS} from ${sql.table(ROLLUP_TABLES[table].sqlName)} r
    where r.project_id = ${projectId} and r.time >= ${from} and r.time < ${to}`;
}
