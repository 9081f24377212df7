import type { JournalPosition } from "../../model/journal.ts";
import type { ChunkRecord } from "../../model/rollup.ts";
import type { DigestTx, StoreEngine } from "../../model/store.ts";
import type { Database } from "../sql/dialect.ts";
import { createSharedDigestTx } from "../sql/digest/create-digest-tx.ts";
import { readDigestPosition, writeDigestPosition } from "../sql/digest/digest-position.ts";
import { noteChunkDays } from "../sql/telemetry/chunk-days.ts";
import { addBatches } from "./batch-ids.ts";
import type { DayFiles } from "./day-files.ts";
import type { FaultPoint } from "./faults.ts";
import { RollupCells } from "./rollup-cells.ts";
import type { SqliteConnection } from "./sqlite-connection.ts";
import { SQLITE_DIALECT } from "./sqlite-dialect.ts";

export interface DigestParts {
  db: Database;
  connection: SqliteConnection;
  dayFiles: DayFiles;
  fault(point: FaultPoint): void;
}

/**
 * One unit at a time: the work fills the main file's transaction, then the chunks are committed to their day files,
 * then the main file with the journal's position. A crash between the two leaves chunks beyond the position, which opening drops.
 */
export function createDigestRunner({ db, connection, dayFiles, fault }: DigestParts): StoreEngine["digest"] {
  const cells = new RollupCells();
  /** Days to which a failed unit may have written; they are cleaned before the next unit could make them visible. */
  const dirtyDays = new Set<string>();

  let previous: Promise<unknown> = Promise.resolve();
  return (position, work) => {
    const unit = previous.then(() => runUnit(position, work));
    previous = unit.catch(() => {});
    return unit;
  };

  async function runUnit<T>(position: JournalPosition, work: (tx: DigestTx) => Promise<T>): Promise<T> {
    try {
      const result = await db.transaction().execute(async (trx) => {
        if (dirtyDays.size > 0) dayFiles.dropBeyond(await readDigestPosition(trx), [...dirtyDays]);
        const chunks: ChunkRecord[] = [];
        const result = await work({
          ...createSharedDigestTx(trx, SQLITE_DIALECT),
          addBatches: async (batches) => addBatches(connection, batches),
          addRollups: async (table, deltas) => cells.add(connection, table, deltas),
          putChunks: async (added) => void chunks.push(...added),
        });
        await noteChunkDays(trx, SQLITE_DIALECT, chunks);
        await writeDigestPosition(trx, SQLITE_DIALECT, position);
        for (const chunk of chunks) dirtyDays.add(chunk.day);
        dayFiles.write(chunks, () => fault("after-chunks"));
        fault("before-main");
        return result;
      });
      dirtyDays.clear();
      return result;
    } catch (error) {
      cells.forget();
      throw error;
    }
  }
}
