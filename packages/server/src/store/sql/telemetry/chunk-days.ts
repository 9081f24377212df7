import type { ChunkRecord } from "../../../model/rollup.ts";
import type { Database, SqlDialect, WriteTransaction } from "../dialect.ts";
import { defineBulkInsert } from "../statement.ts";
import type { ChunkQuery } from "./create-telemetry-store.ts";

export interface ChunkDay {
  day: string;
  minTime: number;
  maxTime: number;
}

interface ChunkDayRow extends ChunkDay {
  projectId: number;
  kind: string;
}

const widenDays = defineBulkInsert<ChunkDayRow>(
  "chunk_day",
  ["day", "projectId", "kind", "minTime", "maxTime"],
  `on conflict (project_id, kind, day) do update set
    min_time = case when excluded.min_time < chunk_day.min_time then excluded.min_time else chunk_day.min_time end,
    max_time = case when excluded.max_time > chunk_day.max_time then excluded.max_time else chunk_day.max_time end`,
);

/** Widens what the days of these chunks span. */
export async function noteChunkDays(
  tx: WriteTransaction,
  dialect: SqlDialect,
  chunks: readonly ChunkRecord[],
): Promise<void> {
  const spans = new Map<string, ChunkDayRow>();
  for (const { day, projectId, kind, minTime, maxTime } of chunks) {
    const key = `${day}:${projectId}:${kind}`;
    const span = spans.get(key);
    if (!span) spans.set(key, { day, projectId, kind, minTime, maxTime });
    else {
      span.minTime = Math.min(span.minTime, minTime);
      span.maxTime = Math.max(span.maxTime, maxTime);
    }
  }
  await widenDays(tx, dialect, [...spans.values()]);
}

/** Days that may hold events of the span, the one with the newest event first. */
export function findChunkDays(db: Database, query: ChunkQuery): Promise<ChunkDay[]> {
  return db
    .selectFrom("chunkDay")
    .select(["day", "minTime", "maxTime"])
    .where("projectId", "=", query.projectId)
    .where("kind", "=", query.kind)
    .where("maxTime", ">=", query.from)
    .where("minTime", "<", query.to)
    .orderBy("maxTime", "desc")
    .orderBy("day", "desc")
    .execute();
}
