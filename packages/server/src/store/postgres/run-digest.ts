import type { Pool, PoolClient } from "pg";
import type { JournalPosition } from "../../model/journal.ts";
import type { DigestTx, StoreEngine } from "../../model/store.ts";
import type { WriteTransaction } from "../sql/dialect.ts";
import { createSharedDigestTx } from "../sql/digest/create-digest-tx.ts";
import { writeDigestPosition } from "../sql/digest/digest-position.ts";
import { toDayNumber } from "../sql/retention.ts";
import { noteChunkDays } from "../sql/telemetry/chunk-days.ts";
import { addBatches } from "./batch-rows.ts";
import { putChunks } from "./chunk-rows.ts";
import { createPartitions } from "./partitions.ts";
import { POSTGRES_DIALECT } from "./postgres-dialect.ts";
import { createClientKysely, withClient } from "./postgres-pool.ts";
import { appendRollups, RouteIds } from "./rollup-rows.ts";

export interface DigestParts {
  pool: Pool;
  /** Told after each unit how many delta rows it appended, and the time of the oldest cell. */
  onAppended(rows: number, oldest: number): void;
}

/** One unit at a time over all processes; everything of a unit is in one transaction. */
export function createDigestRunner({ pool, onAppended }: DigestParts): StoreEngine["digest"] {
  const routes = new RouteIds();
  let previous: Promise<unknown> = Promise.resolve();

  return (position, work) => {
    const unit = previous.then(() => runUnit(position, work));
    previous = unit.catch(() => {});
    return unit;
  };

  async function runUnit<T>(position: JournalPosition, work: (tx: DigestTx) => Promise<T>): Promise<T> {
    const appended = { rows: 0, oldest: Number.POSITIVE_INFINITY };
    try {
      const result = await withClient(pool, (client) =>
        createClientKysely(client)
          .transaction()
          .execute(async (trx) => {
            await POSTGRES_DIALECT.lockDigest(trx);
            const result = await work(createTx(client, trx, appended));
            await writeDigestPosition(trx, POSTGRES_DIALECT, position);
            return result;
          }),
      );
      if (appended.rows > 0) onAppended(appended.rows, appended.oldest);
      return result;
    } catch (error) {
      routes.forget();
      throw error;
    }
  }

  function createTx(client: PoolClient, trx: WriteTransaction, appended: { rows: number; oldest: number }): DigestTx {
    return {
      ...createSharedDigestTx(trx, POSTGRES_DIALECT),
      async addBatches(batches) {
        if (batches.length === 0) return [];
        await createPartitions(
          client,
          "batch",
          batches.map((batch) => String(toDayNumber(batch.receivedAt))),
        );
        return addBatches(client, batches);
      },
      async putChunks(chunks) {
        if (chunks.length === 0) return;
        await createPartitions(
          client,
          "chunk",
          chunks.map((chunk) => chunk.day),
        );
        await putChunks(client, chunks);
        await noteChunkDays(trx, POSTGRES_DIALECT, chunks);
      },
      async addRollups(table, deltas) {
        await appendRollups(client, routes, table, deltas);
        appended.rows += deltas.length;
        for (const { time } of deltas) appended.oldest = Math.min(appended.oldest, time);
      },
    };
  }
}
