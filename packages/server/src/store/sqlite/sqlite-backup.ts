import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { createPrivateFile } from "./create-private-file.ts";
import { DayFiles, fileSize } from "./day-files.ts";
import { SqliteConnection } from "./sqlite-connection.ts";

export const MAIN_FILE = "gatewatch.db";

/**
 * Copies a data folder while it is in use. The main file goes first: day files then hold at least what it has committed,
 * and opening the copy drops the chunks beyond.
 */
export function backupDataFolder(dataDir: string, target: string): { path: string; bytes: number } {
  mkdirSync(target, { recursive: true, mode: 0o700 });
  const dayFiles = new DayFiles(dataDir, { readOnly: true });
  let bytes = copyDatabase(join(dataDir, MAIN_FILE), join(target, MAIN_FILE));
  for (const day of dayFiles.days()) {
    const path = dayFiles.path(day);
    bytes += copyDatabase(path, join(target, basename(path)));
  }
  return { path: target, bytes };
}

/** A consistent, durable copy of one database; it appears under its name only when it is whole. */
export function copyDatabase(source: string, target: string): number {
  const unfinished = `${target}.part`;
  rmSync(unfinished, { force: true });
  createPrivateFile(unfinished);
  const connection = new SqliteConnection(source, { readOnly: true });
  try {
    connection.prepare("vacuum into ?").run(unfinished);
  } finally {
    connection.close();
  }
  const handle = openSync(unfinished, "r+");
  fsyncSync(handle);
  closeSync(handle);
  renameSync(unfinished, target);
  return fileSize(target);
}
