import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { StoreError } from "../store-error.ts";
import { MAIN_FILE } from "./sqlite-backup.ts";

const DAY_FILE = /^events-.*\.db$/;

/**
 * Throws `store_missing` when the main file is gone from a folder in which a server has run: an empty one in its place would
 * hide the loss, and the journal that is still there would be read from its beginning.
 */
export function checkMainFile(dataDir: string): void {
  if (existsSync(join(dataDir, MAIN_FILE))) return;
  const left = list(dataDir).filter((name) => DAY_FILE.test(name));
  if (list(join(dataDir, "journal")).length > 0) left.push("journal");
  if (left.length === 0) return;
  const shown = left.slice(0, 3).join(", ") + (left.length > 3 ? ` and ${left.length - 3} more` : "");
  throw new StoreError("store_missing", `${join(dataDir, MAIN_FILE)} is not there, though ${shown} of its server are.`);
}

/** Remembers which file is the main one now; the function returned tells whether the name still leads to it. */
export function watchMainFile(dataDir: string): () => boolean {
  const path = join(dataDir, MAIN_FILE);
  const read = (): string | null => {
    const found = statSync(path, { throwIfNoEntry: false });
    return found === undefined ? null : `${found.dev}:${found.ino}`;
  };
  const first = read();
  return () => {
    try {
      return read() === first;
    } catch {
      // A folder that cannot be looked into says nothing about the file.
      return true;
    }
  };
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
