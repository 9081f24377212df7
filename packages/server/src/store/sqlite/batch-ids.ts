import { sql } from "kysely";
import type { DigestTx } from "../../model/store.ts";
import type { Database } from "../sql/dialect.ts";
import { toDayNumber } from "../sql/retention.ts";
import type { SqliteConnection } from "./sqlite-connection.ts";

type BatchRow = Parameters<DigestTx["addBatches"]>[0][number];

/** Inserts batch ids of one unit; returns the indexes of those that are known already, of this day or of any kept one. */
export function addBatches(connection: SqliteConnection, batches: readonly BatchRow[]): number[] {
  const known = connection.prepare("select 1 from batch where day = ? and project_id = ? and id = ?");
  const insert = connection.prepare(
    "insert into batch (day, project_id, id, received_at, events) values (?, ?, ?, ?, ?) on conflict do nothing",
  );
  const days = connection
    .prepare(`${LIST_DAYS} select day from day_of where day is not null`)
    .all()
    .map((row) => Number(row["day"]));
  const duplicates: number[] = [];
  for (const [index, { id, projectId, receivedAt, events }] of batches.entries()) {
    const today = toDayNumber(receivedAt);
    const isKnown =
      days.some((day) => day !== today && known.get(day, projectId, id) !== undefined) ||
      insert.run(today, projectId, id, receivedAt, events).changes === 0;
    if (isKnown) duplicates.push(index);
  }
  return duplicates;
}

/** Jumps from day to day along the key instead of reading every row. */
const LIST_DAYS = `
  with recursive day_of(day) as (
    select min(day) from batch
    union all
    select (select min(day) from batch where batch.day > day_of.day) from day_of where day_of.day is not null)`;

/** Whether a batch is known, on whatever kept day it came. */
export async function hasBatch(db: Database, projectId: number, id: Uint8Array): Promise<boolean> {
  const { rows } = await sql`${sql.raw(LIST_DAYS)}
    select 1 from day_of join batch on batch.day = day_of.day
    where batch.project_id = ${projectId} and batch.id = ${id} limit 1`.execute(db);
  return rows.length > 0;
}

/** Forgets batches received before the day of `before`; returns their number. */
export function dropBatches(connection: SqliteConnection, before: number): number {
  return connection.prepare("delete from batch where day < ?").run(toDayNumber(before)).changes;
}
