import type { StoreEngine } from "../model/store.ts";
import { openSqliteEngine } from "./sqlite/open-sqlite-engine.ts";

export type StoreConfig =
  | { engine: "sqlite"; dataDir: string }
  | { engine: "postgres"; url: string; backupDir?: string };

/**
 * Opens the store for writing and brings its schema up to date. Throws a `StoreError` with a code and the way out:
 * locked, unreachable, unwritable, damaged, or written by a newer version.
 */
export async function openStoreEngine(config: StoreConfig): Promise<StoreEngine> {
  switch (config.engine) {
    case "sqlite":
      return openSqliteEngine(config.dataDir);
    case "postgres": {
      const { openPostgresEngine } = await import("./postgres/open-postgres-engine.ts");
      return openPostgresEngine(config);
    }
  }
}
