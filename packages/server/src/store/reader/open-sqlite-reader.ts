import { join } from "node:path";
import type { Store } from "../../model/store.ts";
import { createAnomalyStore } from "../sql/anomalies/create-anomaly-store.ts";
import { createBudgetStore } from "../sql/budget-store.ts";
import { createClientStore } from "../sql/clients/create-client-store.ts";
import { createControlStore } from "../sql/control/create-control-store.ts";
import { createIssueStore } from "../sql/issues/create-issue-store.ts";
import { readSchemaVersion } from "../sql/migrate.ts";
import { createOutboxStore } from "../sql/outbox-store.ts";
import { createTelemetryStore } from "../sql/telemetry/create-telemetry-store.ts";
import { hasBatch } from "../sqlite/batch-ids.ts";
import { DayFiles } from "../sqlite/day-files.ts";
import { measureDataFolder } from "../sqlite/measure-data-folder.ts";
import { createChunkReader } from "../sqlite/read-chunks.ts";
import { backupDataFolder, MAIN_FILE } from "../sqlite/sqlite-backup.ts";
import { SqliteConnection } from "../sqlite/sqlite-connection.ts";
import { SQLITE_DIALECT } from "../sqlite/sqlite-dialect.ts";
import { createSqliteKysely } from "../sqlite/sqlite-kysely.ts";
import { StoreError } from "../store-error.ts";

/** Opens a data folder that a writer has opened before, for reading only; writes fail with `store_read_only`. */
export function openSqliteReader(dataDir: string): Store {
  const connection = new SqliteConnection(join(dataDir, MAIN_FILE), { readOnly: true });
  connection.exec("pragma cache_size = -16384; pragma temp_store = memory");
  const db = createSqliteKysely(connection);
  const dayFiles = new DayFiles(dataDir, { readOnly: true });
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
      size: async () => measureDataFolder(dataDir),
      applyRetention: () =>
        Promise.reject(new StoreError("store_read_only", "Retention is applied by the thread that writes.")),
      backup: async (target) => backupDataFolder(dataDir, target),
    },
    async close() {
      await db.destroy();
      connection.close();
      dayFiles.close();
    },
  };
}
