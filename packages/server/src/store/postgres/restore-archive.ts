import { createReadStream } from "node:fs";
import { once } from "node:events";
import { createZstdDecompress } from "node:zlib";
import type { Pool, PoolClient } from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { StoreError } from "../store-error.ts";
import { type ArchiveHeader, type ArchiveTable, readFrames } from "./archive-format.ts";
import { createPartitions } from "./partitions.ts";
import { withClient } from "./postgres-pool.ts";

const SAFE_NAME = /^"?[a-z_]+"?$/;

/**
 * Fills a store that holds nothing yet with what `writeArchive` wrote, in one transaction.
 * Throws a `StoreError` when the archive is of another schema version or the store already has data.
 */
export function restoreArchive(pool: Pool, path: string, schemaVersion: number): Promise<void> {
  return withClient(pool, async (client) => {
    await client.query("begin");
    try {
      const frames = readFrames(createReadStream(path).pipe(createZstdDecompress()));
      const header = parseFrame<ArchiveHeader>((await frames.next()).value);
      await prepare(client, header, schemaVersion);
      for (let frame = await frames.next(); !frame.done; frame = await frames.next())
        await restoreTable(client, parseFrame<ArchiveTable>(frame.value), frames);
      for (const { name, value } of header.sequences)
        await client.query("select setval(to_regclass($1), $2)", [name, value]);
      await client.query("commit");
    } catch (error) {
      await client.query("rollback");
      throw toArchiveError(error);
    }
  });
}

function toArchiveError(error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (!/^(ZSTD_|ERR_ZSTD|Z_)/.test(code)) return error;
  return new StoreError("store_corrupt", "The file is no archive of a Gatewatch store, or it is damaged.", {
    cause: error,
  });
}

async function prepare(client: PoolClient, header: ArchiveHeader, schemaVersion: number): Promise<void> {
  if (header.format !== "gatewatch-postgres" || header.version !== 1)
    throw new StoreError("store_corrupt", "The file is no archive of a Gatewatch store.");
  if (header.schemaVersion !== schemaVersion)
    throw new StoreError(
      header.schemaVersion > schemaVersion ? "store_newer_version" : "store_migration_failed",
      `The archive has schema version ${header.schemaVersion}, the store ${schemaVersion}; restore it with the version that wrote it.`,
    );
  const { rows } = await client.query("select 1 from meta limit 1");
  if (rows.length > 0)
    throw new StoreError("store_locked", "The store to restore into already has data; give an empty database.");
  // A new store has its first project, which the archive brings again.
  await client.query("delete from project");
  for (const table of ["chunk", "batch"] as const) {
    const days = header.partitions.filter((partition) => partition.table === table).map(({ day }) => day);
    await createPartitions(client, table, days);
  }
}

async function restoreTable(client: PoolClient, header: ArchiveTable, frames: AsyncGenerator<Buffer>): Promise<void> {
  const { table, columns } = header;
  if (![table, ...columns].every((name) => SAFE_NAME.test(name)))
    throw new StoreError("store_corrupt", "The archive names a table or column that cannot be one.");
  const stream = client.query(copyFrom(`copy ${table} (${columns.join()}) from stdin`));
  for (let frame = await frames.next(); !frame.done && frame.value.length > 0; frame = await frames.next())
    if (!stream.write(frame.value)) await once(stream, "drain");
  const finished = once(stream, "finish");
  stream.end();
  await finished;
}

function parseFrame<T>(frame: Buffer | undefined | void): T {
  if (!frame) throw new StoreError("store_corrupt", "The archive is empty.");
  return JSON.parse(frame.toString()) as T;
}
