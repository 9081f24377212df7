import type { MaintenanceStore, RetentionPolicy } from "../../model/store.ts";
import type { Database } from "../sql/dialect.ts";
import { deleteExpiredRows, oldestKeptDay, thinAllSamples, toDay } from "../sql/retention.ts";
import { dropBatches } from "./batch-ids.ts";
import type { DayFiles } from "./day-files.ts";
import type { SqliteConnection } from "./sqlite-connection.ts";
import { SQLITE_DIALECT } from "./sqlite-dialect.ts";

type RetentionResult = Awaited<ReturnType<MaintenanceStore["applyRetention"]>>;

/** Pages given back to the disk at a time, 4 MiB, so that the digest is not held up. */
const PAGES_PER_STEP = 1_024;

export interface RetentionParts {
  db: Database;
  connection: SqliteConnection;
  dayFiles: DayFiles;
  size(): number;
}

/** Drops what is too old, then oldest raw data until the store is within its bound; today's file always stays. */
export async function applySqliteRetention(
  parts: RetentionParts,
  policy: RetentionPolicy,
  now: number,
): Promise<RetentionResult> {
  const { db, connection, dayFiles } = parts;
  const droppedDays: string[] = [];
  const oldest = oldestKeptDay(now, policy.rawMaxAgeMs);
  for (const day of dayFiles.days()) if (day < oldest) droppedDays.push(await dropDay(parts, day));

  let deletedRows = await deleteExpiredRows(db, SQLITE_DIALECT, policy, now);
  deletedRows += await db.connection().execute(async () => dropBatches(connection, now - policy.batchIdMaxAgeMs));
  deletedRows += await thinAllSamples(db, SQLITE_DIALECT, policy.samplesPerIssue);
  await shrink(parts);

  const today = toDay(now);
  for (const day of dayFiles.days()) {
    if (parts.size() <= policy.maxBytes) break;
    if (day < today) droppedDays.push(await dropDay(parts, day));
  }
  for (let bound = policy.samplesPerIssue; bound > 0 && parts.size() > policy.maxBytes;) {
    bound = Math.floor(bound / 4);
    deletedRows += await thinAllSamples(db, SQLITE_DIALECT, bound);
    await shrink(parts);
  }
  return { droppedDays, deletedRows, bytes: parts.size() };
}

/** The summary goes first: a day without a file is empty, a file without a summary is only unused. */
async function dropDay({ db, dayFiles }: RetentionParts, day: string): Promise<string> {
  await db.deleteFrom("chunkDay").where("day", "=", day).execute();
  dayFiles.drop(day);
  return day;
}

async function shrink({ db, connection }: RetentionParts): Promise<void> {
  for (;;) {
    const free = await db.connection().execute(async () => {
      const before = Number(connection.prepare("pragma freelist_count").get()?.["freelist_count"] ?? 0);
      if (before > 0) connection.exec(`pragma incremental_vacuum(${PAGES_PER_STEP})`);
      return before;
    });
    if (free <= PAGES_PER_STEP) break;
  }
  await db.connection().execute(async () => connection.exec("pragma wal_checkpoint(passive)"));
}
