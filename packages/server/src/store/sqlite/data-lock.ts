import { join } from "node:path";
import { StoreError } from "../store-error.ts";
import { createPrivateFile } from "./create-private-file.ts";
import { SqliteConnection } from "./sqlite-connection.ts";

/** Holds a data folder against other processes; the operating system lets go of it when the process ends, however it ends. */
export function lockDataFolder(dataDir: string): { release(): void } {
  const file = join(dataDir, "gatewatch.lock");
  createPrivateFile(file);
  const connection = new SqliteConnection(file, { timeoutMs: 0 });
  try {
    connection.exec("begin exclusive");
  } catch (error) {
    connection.close();
    if (error instanceof StoreError && error.code === "store_locked")
      throw new StoreError("store_locked", `The data folder ${dataDir} is in use by another Gatewatch process.`, {
        cause: error,
      });
    throw error;
  }
  return { release: () => connection.close() };
}
