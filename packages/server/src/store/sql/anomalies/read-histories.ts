import type { AnomalyDetail, Json } from "@gatewatch/protocol";
import { sql } from "kysely";
import type { Database, SqlDialect } from "../dialect.ts";
import { parseJson } from "../stored-json.ts";

const MAX_HISTORY = 500;

/** What people have done with these anomalies, newest first. */
export async function readHistories(
  db: Database,
  dialect: SqlDialect,
  projectId: number,
  ids: readonly number[],
): Promise<Map<number, AnomalyDetail["history"]>> {
  if (ids.length === 0) return new Map();
  const ranked = db
    .selectFrom("anomalyHistory")
    .select(["id", "anomalyId", "at", "actor", "action", "detail"])
    .select(sql<number>`row_number() over (partition by anomaly_id order by id desc)`.as("place"))
    .where(dialect.isOneOf(sql.ref("anomalyId"), ids))
    .where("projectId", "=", projectId);
  const rows = await db
    .selectFrom(ranked.as("ranked"))
    .select(["anomalyId", "at", "actor", "action", "detail"])
    .where("place", "<=", MAX_HISTORY)
    .orderBy("id", "desc")
    .execute();
  const histories = Map.groupBy(rows, ({ anomalyId }) => anomalyId);
  return new Map(
    [...histories].map(([id, steps]) => [
      id,
      steps.map(({ at, actor, action, detail }) => ({
        at,
        by: actor,
        action,
        ...(detail === null ? {} : { detail: parseJson<Json>(detail) }),
      })),
    ]),
  );
}
