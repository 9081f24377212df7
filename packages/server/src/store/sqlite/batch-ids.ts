import type { DigestTx } from "../../model/store.ts";
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
    .prepare(LIST_DAYS)
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
  with recursive d(day) as (
    select min(day) from batch
    union all
    select (select min(day) from batch where batch.day > d.day) from d where d.day is not null)
  select day from d where day is not null`;

/** Forgets batches received before the day of `before`; returns their number. */
export function dropBatches(connection: SqliteConnection, before: number): number {
  return connection.prepare("delete from batch where day < ?").run(toDayNumber(before)).changes;
}
