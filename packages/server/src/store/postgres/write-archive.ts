import { createWriteStream, mkdirSync, renameSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createZstdCompress } from "node:zlib";
import type { Pool, PoolClient } from "pg";
import { to as copyTo } from "pg-copy-streams";
import { type ArchiveHeader, END_OF_TABLE, toFrame, toJsonFrame } from "./archive-format.ts";
import { listPartitions } from "./partitions.ts";
import { withClient } from "./postgres-pool.ts";

/** Writes every table of the store, as of one moment, to one file; it appears under its name only when it is whole and durable. */
export async function writeArchive(pool: Pool, target: string, now: number): Promise<{ path: string; bytes: number }> {
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
  const unfinished = `${target}.part`;
  await withClient(pool, async (client) => {
    await client.query("begin isolation level repeatable read read only");
    try {
      await pipeline(
        Readable.from(readAll(client, now)),
        createZstdCompress(),
        createWriteStream(unfinished, { mode: 0o600 }),
      );
    } finally {
      await client.query("rollback");
    }
  });
  const file = await open(unfinished, "r+");
  await file.sync();
  await file.close();
  renameSync(unfinished, target);
  return { path: target, bytes: statSync(target).size };
}

async function* readAll(client: PoolClient, now: number): AsyncGenerator<Uint8Array> {
  yield toJsonFrame(await readHeader(client, now));
  for (const table of await listTables(client)) {
    const columns = await listColumns(client, table);
    yield toJsonFrame({ table, columns });
    const rows = client.query(copyTo(`copy (select ${columns.join()} from ${table}) to stdout`));
    for await (const part of rows) yield toFrame(part as Uint8Array);
    yield END_OF_TABLE;
  }
}

async function readHeader(client: PoolClient, now: number): Promise<ArchiveHeader> {
  const version = await client.query<{ version: number }>("select max(version) as version from schema_migration");
  const sequences = await client.query<{ name: string; value: number | null }>(
    "select sequencename as name, last_value as value from pg_sequences where schemaname = current_schema()",
  );
  const partitions: ArchiveHeader["partitions"] = [];
  for (const table of ["chunk", "batch"] as const)
    for (const { day } of await listPartitions(client, table)) partitions.push({ table, day });
  return {
    format: "gatewatch-postgres",
    version: 1,
    schemaVersion: version.rows[0]!.version,
    createdAt: now,
    sequences: sequences.rows.flatMap(({ name, value }) => (value === null ? [] : [{ name, value }])),
    partitions,
  };
}

/** Tables and partitioned tables, but no partitions. */
async function listTables(client: PoolClient): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class
     where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p') and not relispartition
       and relname <> 'schema_migration'
     order by relname`,
  );
  return rows.map(({ name }) => name);
}

async function listColumns(client: PoolClient, table: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select quote_ident(attname) as name from pg_attribute
     where attrelid = to_regclass($1) and attnum > 0 and not attisdropped order by attnum`,
    [table],
  );
  return rows.map(({ name }) => name);
}
