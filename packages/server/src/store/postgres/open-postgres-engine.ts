import { join } from "node:path";
import type { Pool } from "pg";
import type { Store, StoreEngine } from "../../model/store.ts";
import { createAnomalyStore } from "../sql/anomalies/create-anomaly-store.ts";
import { createBudgetStore } from "../sql/budget-store.ts";
import { createClientStore } from "../sql/clients/create-client-store.ts";
import { createControlStore } from "../sql/control/create-control-store.ts";
import { readDigestPosition } from "../sql/digest/digest-position.ts";
import { createIssueStore } from "../sql/issues/create-issue-store.ts";
import { migrate, readSchemaVersion } from "../sql/migrate.ts";
import { createOutboxStore } from "../sql/outbox-store.ts";
import { createTelemetryStore } from "../sql/telemetry/create-telemetry-store.ts";
import { StoreError } from "../store-error.ts";
import { hasBatch } from "./batch-rows.ts";
import { createChunkReader } from "./chunk-rows.ts";
import { createCompactor } from "./compactor.ts";
import { POSTGRES_DIALECT, POSTGRES_WORDS } from "./postgres-dialect.ts";
import { createClientKysely, createPool, createPoolKysely, withClient } from "./postgres-pool.ts";
import { applyPostgresRetention, measureDatabase } from "./postgres-retention.ts";
import { restoreArchive } from "./restore-archive.ts";
import { createDigestRunner } from "./run-digest.ts";
import { writeArchive } from "./write-archive.ts";

const OLDEST_SERVER = 150_000;

export interface PostgresConfig {
  url: string;
  /** Where the backup before an upgrade of the schema goes. */
  backupDir?: string;
}

/** Connects for digesting and brings the schema up to date. Throws a `StoreError` that names the way out. */
export async function openPostgresEngine(config: PostgresConfig): Promise<StoreEngine> {
  const pool = createPool(config.url);
  try {
    await checkServer(pool);
    await migratePool(pool, config.backupDir ?? join(".gatewatch", "backups"));
    return createEngine(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }
}

/** Connects a process that does not digest; the schema must have been brought up to date before. */
export async function openPostgresClient(url: string): Promise<Store> {
  const pool = createPool(url);
  try {
    await checkServer(pool);
    return createEngine(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }
}

/** Fills an empty database with a backup that `maintenance.backup` wrote. Throws a `StoreError` when it is not empty. */
export async function restorePostgresBackup(config: PostgresConfig, path: string): Promise<void> {
  const engine = await openPostgresEngine(config);
  const pool = createPool(config.url);
  try {
    await restoreArchive(pool, path, await engine.maintenance.schemaVersion());
  } finally {
    await pool.end();
    await engine.close();
  }
}

function createEngine(pool: Pool): StoreEngine {
  const db = createPoolKysely(pool);
  const compactor = createCompactor(pool);
  let closing: Promise<void> | undefined;
  return {
    engine: "postgres",
    control: createControlStore(db),
    issues: createIssueStore(db, POSTGRES_DIALECT),
    telemetry: createTelemetryStore(db, POSTGRES_DIALECT, {
      readChunks: createChunkReader(db),
      hasBatch: (projectId, id) => hasBatch(db, projectId, id),
    }),
    anomalies: createAnomalyStore(db, POSTGRES_DIALECT),
    clients: createClientStore(db, POSTGRES_DIALECT),
    outbox: createOutboxStore(db, POSTGRES_DIALECT),
    budget: createBudgetStore(db),
    maintenance: {
      schemaVersion: () => readSchemaVersion(db),
      size: () => measureDatabase(pool),
      applyRetention: (policy, now) => applyPostgresRetention(pool, db, policy, now),
      backup: (target) => writeArchive(pool, target, Date.now()),
    },
    digestPosition: () => readDigestPosition(db),
    digest: createDigestRunner({ pool, onAppended: compactor.note }),
    close() {
      closing ??= compactor.close().then(() => pool.end());
      return closing;
    },
  };
}

async function checkServer(pool: Pool): Promise<void> {
  const version = await withClient(pool, async (client) => {
    const { rows } = await client.query<{ server_version_num: string }>("show server_version_num");
    return Number(rows[0]?.server_version_num);
  });
  if (version < OLDEST_SERVER)
    throw new StoreError("store_unsupported", `The database server is PostgreSQL ${Math.floor(version / 10_000)}.`);
}

/** Processes that start at once upgrade one after the other. */
function migratePool(pool: Pool, backupDir: string): Promise<void> {
  return withClient(pool, async (client) => {
    const key = "hashtextextended('gatewatch schema ' || current_schema(), 0)";
    await client.query(`select pg_advisory_lock(${key})`);
    try {
      const now = Date.now();
      await migrate(createClientKysely(client), {
        words: POSTGRES_WORDS,
        now,
        async backup(fromVersion) {
          const time = new Date(now).toISOString().replaceAll(":", "-");
          await writeArchive(pool, join(backupDir, `before-upgrade-from-v${fromVersion}-${time}.gwa`), now);
        },
      });
    } finally {
      await client.query(`select pg_advisory_unlock(${key})`);
    }
  });
}
