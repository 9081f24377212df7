import type { ChunkRecord } from "../../../model/rollup.ts";
import type { TelemetryStore } from "../../../model/store.ts";
import type { Database, SqlDialect } from "../dialect.ts";
import { readRollups } from "./read-rollups.ts";
import { readSeries } from "./read-series.ts";
import { readTopRoutes } from "./read-top-routes.ts";

export interface ChunkQuery {
  projectId: number;
  kind: ChunkRecord["kind"];
  from: number;
  to: number;
  limit: number;
}

/** Reads chunks of one engine. */
export type ReadChunks = (query: ChunkQuery) => Promise<ChunkRecord[]>;

/** What each engine keeps in its own way. */
export interface EngineReads {
  readChunks: ReadChunks;
  hasBatch: TelemetryStore["hasBatch"];
}

export function createTelemetryStore(db: Database, dialect: SqlDialect, engine: EngineReads): TelemetryStore {
  return {
    rollups: (table, projectId, from, to, route) => readRollups(db, { table, projectId, from, to }, route),
    series: (question) => readSeries(db, question),
    topRoutes: (question) => readTopRoutes(db, dialect, question),
    chunks: (projectId, kind, from, to, limit) => engine.readChunks({ projectId, kind, from, to, limit }),
    async hasEvents(projectId) {
      // Raw events, rollups and issues age at different times: any of them proves that there were events.
      for (const table of ["chunkDay", "rollupDay", "rollupMinute", "issue"] as const) {
        const row = await db
          .selectFrom(table)
          .select("projectId")
          .where("projectId", "=", projectId)
          .limit(1)
          .executeTakeFirst();
        if (row) return true;
      }
      return false;
    },
    hasBatch: engine.hasBatch,
    async countRequests(projectId, from, to) {
      const row = await db
        .selectFrom("rollupMinute")
        .select((eb) => eb.fn.sum<number | null>("count").as("count"))
        .where("projectId", "=", projectId)
        .where("time", ">=", from)
        .where("time", "<", to)
        .executeTakeFirst();
      return Number(row?.count ?? 0);
    },
  };
}
