import { sql } from "kysely";
import type { ChunkRecord } from "../../../model/rollup.ts";
import type { Database, WriteTransaction } from "../dialect.ts";
import { slices } from "../digest/slices.ts";
import type { ChunkQuery } from "./create-telemetry-store.ts";

export interface ChunkDay {
  day: string;
  minTime: number;
  maxTime: number;
}

/** Widens what the days of these chunks span. */
export async function noteChunkDays(tx: WriteTransaction, chunks: readonly ChunkRecord[]): Promise<void> {
  const spans = new Map<string, ChunkDay & { projectId: number; kind: string }>();
  for (const { day, projectId, kind, minTime, maxTime } of chunks) {
    const key = `${day}:${projectId}:${kind}`;
    const span = spans.get(key);
    if (!span) spans.set(key, { day, projectId, kind, minTime, maxTime });
    else {
      span.minTime = Math.min(span.minTime, minTime);
      span.maxTime = Math.max(span.maxTime, maxTime);
    }
  }
  for (const part of slices([...spans.values()])) {
    await tx
      .insertInto("chunkDay")
      .values(part)
      .onConflict((conflict) =>
        conflict.columns(["projectId", "kind", "day"]).doUpdateSet({
          minTime: sql<number>`case when excluded.min_time < chunk_day.min_time then excluded.min_time else chunk_day.min_time end`,
          maxTime: sql<number>`case when excluded.max_time > chunk_day.max_time then excluded.max_time else chunk_day.max_time end`,
        }),
      )
      .execute();
  }
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
