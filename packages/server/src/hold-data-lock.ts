import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** The data folder cannot be used; `message` says why and what to do. */
export class DataFolderError extends Error {
  readonly code: "data_locked" | "data_unwritable";
  constructor(code: "data_locked" | "data_unwritable", message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "DataFolderError";
    this.code = code;
  }
}

/**
 * Takes the data folder for this process alone; returns how to give it back. The lock is the operating system's (on a small
 * SQLite file, since Node has no flock), so that it ends with the process however that ends. The embedded store guards its own
 * files besides; this one covers the journal and the control socket too, also with PostgreSQL.
 * Throws `DataFolderError` when another process holds it or the folder cannot be written.
 */
export function holdDataLock(dataDir: string): () => void {
  const ownerFile = join(dataDir, "lock.pid");
  let lock: DatabaseSync;
  try {
    makeFolder(dataDir);
    lock = new DatabaseSync(join(dataDir, "lock.db"), { timeout: 0 });
  } catch (error) {
    const file = findFileInPath(dataDir);
    if (file !== undefined) {
      throw new DataFolderError(
        "data_unwritable",
        `The data folder ${dataDir} cannot be used: ${file === dataDir ? "it" : file} is a file, not a folder. Give another one with --data or GATEWATCH_DATA.`,
        { cause: error },
      );
    }
    throw new DataFolderError(
      "data_unwritable",
      `The data folder ${dataDir} cannot be written (${(error as Error).message}). Give another one with --data or GATEWATCH_DATA, or change its owner.`,
      { cause: error },
    );
  }
  try {
    lock.exec("PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=DELETE; BEGIN EXCLUSIVE;");
    writeFileSync(ownerFile, String(process.pid), { mode: 0o600 });
  } catch (error) {
    lock.close();
    const locked = /locked|busy/i.test((error as Error).message);
    if (!locked) {
      throw new DataFolderError(
        "data_unwritable",
        `The data folder ${dataDir} cannot be written (${(error as Error).message}). Give another one with --data or GATEWATCH_DATA, or change its owner.`,
        { cause: error },
      );
    }
    throw new DataFolderError(
      "data_locked",
      `Another Gatewatch server${readOwner(ownerFile)} uses the data folder ${dataDir}. Stop it, or give another folder with --data.`,
      { cause: error },
    );
  }
  return () => lock.close();
}

/** Level by level: Node's own recursive way never returns where a file system refuses new folders (`/proc`). */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}

/** The part of the path that stands in the way of a folder. */
function findFileInPath(path: string): string | undefined {
  if (!existsSync(path)) return dirname(path) === path ? undefined : findFileInPath(dirname(path));
  return statSync(path).isDirectory() ? undefined : path;
}

function readOwner(ownerFile: string): string {
  try {
    return ` (process ${readFileSync(ownerFile, "utf8")})`;
  } catch {
    return "";
  }
}
