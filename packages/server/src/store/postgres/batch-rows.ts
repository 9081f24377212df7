import { sql } from "kysely";
import type { PoolClient } from "pg";
import type { DigestTx } from "../../model/store.ts";
import type { Database } from "../sql/dialect.ts";
import { toDayNumber } from "../sql/retention.ts";
import { copyRows } from "./copy-rows.ts";
import { toHex } from "./hex.ts";

type BatchRow = Parameters<DigestTx["addBatches"]>[0][number];

/** From so many ids on, COPY is cheaper than arrays. */
const COPY_FROM_ROWS = 1_000;

const INSERT = `
  insert into batch (day, project_id, id, received_at, events)
  select s.day, s.project_id, s.id, s.received_at, s.events from SOURCE
  where not exists (select 1 from batch b where b.project_id = s.project_id and b.id = s.id)
  on conflict do nothing returning project_id, id`;

const FROM_ARRAYS = INSERT.replace(
  "SOURCE",
  "unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bigint[], $5::bigint[]) s(day, project_id, id, received_at, events)",
);
const FROM_COPY = INSERT.replace("SOURCE", "incoming_batch s");

/** Inserts batch ids of one unit; returns the indexes of those that are known already. Partitions must exist. */
export async function addBatches(client: PoolClient, batches: readonly BatchRow[]): Promise<number[]> {
  const first = new Map<string, number>();
  for (const [index, batch] of batches.entries()) {
    const key = keyOf(batch.projectId, batch.id);
    if (!first.has(key)) first.set(key, index);
  }
  const rows = [...first.values()].map((index) => batches[index]!);
  const added = new Set((await insert(client, rows)).map((row) => keyOf(row.project_id, row.id)));
  const duplicates: number[] = [];
  for (const [index, batch] of batches.entries()) {
    const key = keyOf(batch.projectId, batch.id);
    if (first.get(key) !== index || !added.has(key)) duplicates.push(index);
  }
  return duplicates;
}

/** Whether a batch is known, on whatever kept day it came. */
export async function hasBatch(db: Database, projectId: number, id: Uint8Array): Promise<boolean> {
  const { rows } = await sql`select 1 from batch where project_id = ${projectId} and id = ${id} limit 1`.execute(db);
  return rows.length > 0;
}

async function insert(client: PoolClient, rows: BatchRow[]): Promise<{ project_id: number; id: Uint8Array }[]> {
  if (rows.length >= COPY_FROM_ROWS) {
    await client.query("create temp table if not exists incoming_batch (like batch) on commit delete rows");
    await copyRows(
      client,
      "incoming_batch (day, project_id, id, received_at, events)",
      rows.map((row) => [toDayNumber(row.receivedAt), row.projectId, row.id, row.receivedAt, row.events]),
    );
    const result = await client.query<{ project_id: number; id: Uint8Array }>(FROM_COPY);
    await client.query("truncate incoming_batch");
    return result.rows;
  }
  const result = await client.query<{ project_id: number; id: Uint8Array }>({
    name: "add-batches",
    text: FROM_ARRAYS,
    values: [
      rows.map((row) => toDayNumber(row.receivedAt)),
      rows.map((row) => row.projectId),
      rows.map((row) => row.id),
      rows.map((row) => row.receivedAt),
      rows.map((row) => row.events),
    ],
  });
  return result.rows;
}

function keyOf(projectId: number, id: Uint8Array): string {
  return `${projectId}:${toHex(id)}`;
}
