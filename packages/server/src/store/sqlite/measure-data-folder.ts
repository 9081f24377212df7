import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileSize } from "./day-files.ts";

const STORE_FILE = /^(?:gatewatch|events-\d{4}-\d{2}-\d{2})\.db(?:-wal|-shm)?$/;

/** Bytes that the store's own files take in a data folder; the journal and backups are not among them. */
export function measureDataFolder(dataDir: string): number {
  return readdirSync(dataDir)
    .filter((name) => STORE_FILE.test(name))
    .reduce((sum, name) => sum + fileSize(join(dataDir, name)), 0);
}
