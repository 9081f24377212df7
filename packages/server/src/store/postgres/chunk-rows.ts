import type { PoolClient } from "pg";
import { sql } from "kysely";
import type { ChunkRecord } from "../../model/rollup.ts";
import type { Database } from "../sql/dialect.ts";
import { findChunkDays } from "../sql/telemetry/chunk-days.ts";
import type { ReadChunks } from "../sql/telemetry/create-telemetry-store.ts";
import { copyRows, type CopyValue } from "./copy-rows.ts";

/** From so many chunks on, COPY is cheaper than parameters. */
const COPY_FROM_ROWS = 64;

const COLUMNS = "day, journal_segment, journal_offset, part, kind, project_id, min_time, max_time, count, body";
const UPSERT = `
  on conflict (day, journal_segment, journal_offset, part, kind, project_id) do update set
    min_time = excluded.min_time, max_time = excluded.max_time, count = excluded.count, body = excluded.body`;

/** Writes chunks; the same chunk again changes nothing. Partitions must exist. */
export async function putChunks(client: PoolClient, chunks: readonly ChunkRecord[]): Promise<void> {
  const unique = new Map<string, readonly CopyValue[]>();
  for (const chunk of chunks) {
    const row = toRow(chunk);
    unique.set(row.slice(0, 6).join("\n"), row);
  }
  const rows = [...unique.values()];
  if (rows.length === 0) return;
  if (rows.length >= COPY_FROM_ROWS) {
    await client.query("create temp table if not exists incoming_chunk (like chunk) on commit delete rows");
    await copyRows(client, `incoming_chunk (${COLUMNS})`, rows);
    await client.query(`insert into chunk (${COLUMNS}) select ${COLUMNS} from incoming_chunk ${UPSERT}`);
    await client.query("truncate incoming_chunk");
    return;
  }
  const width = rows[0]!.length;
  const places = rows.map(
    (_, row) => `(${Array.from({ length: width }, (_, at) => `$${row * width + at + 1}`).join()})`,
  );
  await client.query(`insert into chunk (${COLUMNS}) values ${places.join()} ${UPSERT}`, rows.flat());
}

function toRow(chunk: ChunkRecord): readonly CopyValue[] {
  const { day, segment, offset, part, kind, projectId, minTime, maxTime, count, body } = chunk;
  return [day, segment, offset, part, kind, projectId, minTime, maxTime, count, body];
}

export function createChunkReader(db: Database): ReadChunks {
  return async (query) => {
    const days = await findChunkDays(db, query);
    if (days.length === 0) return [];
    const { rows } = await sql<ChunkRecord>`
      select project_id, day, kind, journal_segment as segment, journal_offset as "offset", part, min_time, max_time,
        count, body
      from chunk
      where project_id = ${query.projectId} and kind = ${query.kind} and day = any(${days.map(({ day }) => day)})
        and max_time >= ${query.from} and min_time < ${query.to}
      order by max_time desc, journal_segment desc, journal_offset desc, part desc limit ${query.limit}`.execute(db);
    return rows;
  };
}
