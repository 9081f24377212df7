import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { StoreEngine } from "../../model/store.ts";
import { createDigestRunner } from "./run-digest.ts";
import { createAnomalyStore } from "../sql/anomalies/create-anomaly-store.ts";
import { createBudgetStore } from "../sql/budget-store.ts";
import { createClientStore } from "../sql/clients/create-client-store.ts";
import { createControlStore } from "../sql/control/create-control-store.ts";
import type { Database } from "../sql/dialect.ts";
import { readDigestPosition } from "../sql/digest/digest-position.ts";
import { createIssueStore } from "../sql/issues/create-issue-store.ts";
import { migrate, readSchemaVersion } from "../sql/migrate.ts";
import { createOutboxStore } from "../sql/outbox-store.ts";
import { createTelemetryStore } from "../sql/telemetry/create-telemetry-store.ts";
import { StoreError } from "../store-error.ts";
import { hasBatch } from "./batch-ids.ts";
import { checkMainFile } from "./main-file.ts";
import { createPrivateFile } from "./create-private-file.ts";
import { lockDataFolder } from "./data-lock.ts";
import { DayFiles } from "./day-files.ts";
import { createFaultHook } from "./faults.ts";
import { createChunkReader } from "./read-chunks.ts";
import { backupDataFolder, copyDatabase, MAIN_FILE } from "./sqlite-backup.ts";
import { SqliteConnection } from "./sqlite-connection.ts";
import { SQLITE_DIALECT, SQLITE_WORDS } from "./sqlite-dialect.ts";
import { createSqliteKysely } from "./sqlite-kysely.ts";
import { applySqliteRetention } from "./sqlite-retention.ts";
import { measureDataFolder } from "./measure-data-folder.ts";

/** Opens a data folder for writing, creating it when it is missing. Throws a `StoreError` that names the way out. */
export async function openSqliteEngine(dataDir: string): Promise<StoreEngine> {
  createFolder(dataDir);
  const lock = lockDataFolder(dataDir);
  let connection: SqliteConnection | undefined;
  try {
    checkMainFile(dataDir);
    connection = openMainFile(dataDir);
    const db = createSqliteKysely(connection);
    await migrateMainFile(db, dataDir);
    const dayFiles = new DayFiles(dataDir, { readOnly: false });
    dayFiles.dropBeyond(await readDigestPosition(db));
    return createEngine({ dataDir, connection, db, dayFiles, release: () => lock.release() });
  } catch (error) {
    connection?.close();
    lock.release();
    throw error;
  }
}

interface EngineParts {
  dataDir: string;
  connection: SqliteConnection;
  db: Database;
  dayFiles: DayFiles;
  release(): void;
}

function createEngine({ dataDir, connection, db, dayFiles, release }: EngineParts): StoreEngine {
  const size = () => measureDataFolder(dataDir);
  let closing: Promise<void> | undefined;
  return {
    engine: "sqlite",
    control: createControlStore(db),
    issues: createIssueStore(db, SQLITE_DIALECT),
    telemetry: createTelemetryStore(db, SQLITE_DIALECT, {
      readChunks: createChunkReader(db, dayFiles),
      hasBatch: (projectId, id) => hasBatch(db, projectId, id),
    }),
    anomalies: createAnomalyStore(db, SQLITE_DIALECT),
    clients: createClientStore(db, SQLITE_DIALECT),
    outbox: createOutboxStore(db, SQLITE_DIALECT),
    budget: createBudgetStore(db),
    maintenance: {
      schemaVersion: () => readSchemaVersion(db),
      size: async () => size(),
      applyRetention: (policy, now) => applySqliteRetention({ db, connection, dayFiles, size }, policy, now),
      backup: async (target) => backupDataFolder(dataDir, target),
    },
    digestPosition: () => readDigestPosition(db),
    digest: createDigestRunner({ db, connection, dayFiles, fault: createFaultHook(process.env["GATEWATCH_FAULT"]) }),
    close() {
      closing ??= db.destroy().then(() => {
        connection.close();
        dayFiles.close();
        release();
      });
      return closing;
    },
  };
}

function createFolder(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new StoreError("store_unwritable", `The data folder ${dataDir} cannot be created.`, { cause: error });
  }
}

function openMainFile(dataDir: string): SqliteConnection {
  const file = join(dataDir, MAIN_FILE);
  createPrivateFile(file);
  const connection = new SqliteConnection(file);
  // The vacuum mode can be chosen only before the first table.
  connection.exec("pragma auto_vacuum = incremental; pragma journal_mode = wal; pragma synchronous = full");
  connection.exec("pragma cache_size = -32768; pragma temp_store = memory");
  // A unit rewrites the same hot pages again and again: copying them back every 32 MiB instead of every 4 saves most of it.
  connection.exec("pragma wal_autocheckpoint = 8192; pragma journal_size_limit = 67108864");
  return connection;
}

async function migrateMainFile(db: Database, dataDir: string): Promise<void> {
  const now = Date.now();
  await migrate(db, {
    words: SQLITE_WORDS,
    now,
    async backup(fromVersion) {
      const folder = join(dataDir, "backups");
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const target = join(
        folder,
        `before-upgrade-from-v${fromVersion}-${new Date(now).toISOString().replaceAll(":", "-")}.db`,
      );
      if (!existsSync(target)) copyDatabase(join(dataDir, MAIN_FILE), target);
    },
  });
}
