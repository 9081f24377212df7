import type { ChunkRecord } from "../../model/rollup.ts";
import type { Database } from "../sql/dialect.ts";
import { readDigestPosition } from "../sql/digest/digest-position.ts";
import { findChunkDays } from "../sql/telemetry/chunk-days.ts";
import type { ReadChunks } from "../sql/telemetry/create-telemetry-store.ts";
import type { DayFiles } from "./day-files.ts";

/** Opens only the days that may hold something, and stops once older days cannot hold anything newer. */
export function createChunkReader(db: Database, dayFiles: DayFiles): ReadChunks {
  return async (query) => {
    const committed = await readDigestPosition(db);
    if (!committed) return [];
    let found: ChunkRecord[] = [];
    for (const day of await findChunkDays(db, query)) {
      const oldest = found.length < query.limit ? undefined : found.at(-1);
      if (oldest && oldest.maxTime >= day.maxTime) break;
      found = [...found, ...dayFiles.read(day.day, query, committed)]
        .sort((a, b) => b.maxTime - a.maxTime || b.segment - a.segment || b.offset - a.offset || b.part - a.part)
        .slice(0, query.limit);
    }
    return found;
  };
}
