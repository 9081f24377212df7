import type { Pool } from "pg";
import type { MaintenanceStore, RetentionPolicy } from "../../model/store.ts";
import type { Database } from "../sql/dialect.ts";
import { deleteExpiredRows, oldestKeptDay, thinAllSamples, toDay, toDayNumber } from "../sql/retention.ts";
import { compactRollups } from "./compact-rollups.ts";
import { dropPartition, listPartitions, type Partition } from "./partitions.ts";
import { withClient } from "./postgres-pool.ts";
import { POSTGRES_DIALECT } from "./postgres-dialect.ts";

type RetentionResult = Awaited<ReturnType<MaintenanceStore["applyRetention"]>>;

/** Older cells get deltas so rarely that merging them when they are read costs less than looking for them. */
const COMPACTED_AGE_MS = 2 * 86_400_000;

/** Drops what is too old, then oldest raw data until the store is within its bound; today's partition always stays. */
export async function applyPostgresRetention(
  pool: Pool,
  db: Database,
  policy: RetentionPolicy,
  now: number,
): Promise<RetentionResult> {
  const droppedDays: string[] = [];
  const chunkDays = await withClient(pool, (client) => listPartitions(client, "chunk"));
  const oldest = oldestKeptDay(now, policy.rawMaxAgeMs);
  for (const partition of chunkDays) if (partition.day < oldest) droppedDays.push(await dropDay(pool, db, partition));

  let deletedRows = await deleteExpiredRows(db, POSTGRES_DIALECT, policy, now);
  deletedRows += await dropBatches(pool, now - policy.batchIdMaxAgeMs);
  deletedRows += await thinAllSamples(db, POSTGRES_DIALECT, policy.samplesPerIssue);
  await compactRollups(pool, now - COMPACTED_AGE_MS);

  const today = toDay(now);
  let bytes = await measureDatabase(pool);
  for (const partition of chunkDays) {
    if (bytes <= policy.maxBytes) break;
    if (partition.day < oldest || partition.day >= today) continue;
    droppedDays.push(await dropDay(pool, db, partition));
    bytes = await measureDatabase(pool);
  }
  for (let bound = policy.samplesPerIssue; bound > 0 && bytes > policy.maxBytes;) {
    bound = Math.floor(bound / 4);
    deletedRows += await thinAllSamples(db, POSTGRES_DIALECT, bound);
    // Only a rewrite gives the space of deleted rows back to the disk.
    await withClient(pool, (client) => client.query("vacuum full issue_event"));
    bytes = await measureDatabase(pool);
  }
  return { droppedDays, deletedRows, bytes };
}

/** Bytes of all tables, their indexes and large values. */
export function measureDatabase(pool: Pool): Promise<number> {
  return withClient(pool, async (client) => {
    const { rows } = await client.query<{ bytes: number }>(
      `select coalesce(sum(pg_total_relation_size(oid)), 0) as bytes from pg_class
       where relnamespace = current_schema()::regnamespace and relkind = 'r'`,
    );
    return rows[0]?.bytes ?? 0;
  });
}

/** The summary goes first: a day without a partition is empty, a partition without a summary is only unused. */
async function dropDay(pool: Pool, db: Database, partition: Partition): Promise<string> {
  await db.deleteFrom("chunkDay").where("day", "=", partition.day).execute();
  await withClient(pool, (client) => dropPartition(client, partition));
  return partition.day;
}

function dropBatches(pool: Pool, before: number): Promise<number> {
  return withClient(pool, async (client) => {
    let dropped = 0;
    for (const partition of await listPartitions(client, "batch")) {
      if (Number(partition.day) >= toDayNumber(before)) continue;
      const { rows } = await client.query<{ count: number }>(`select count(*) as count from ${partition.name}`);
      dropped += rows[0]?.count ?? 0;
      await dropPartition(client, partition);
    }
    return dropped;
  });
}
