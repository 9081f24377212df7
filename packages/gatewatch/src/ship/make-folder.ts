import { mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

const MAX_LEVELS = 64;

/**
 * Makes the folder and those above it that are missing, for this user alone; throws when one cannot be made. Level by level: Node's own
 * recursive way never ends where the system answers "no such folder" for one that it does not let anybody make (`/proc`).
 */
export function makeFolder(folder: string): void {
  const missing: string[] = [];
  let level = resolve(folder);
  while (!isThere(level) && missing.length < MAX_LEVELS) {
    missing.push(level);
    level = dirname(level);
  }
  for (const path of missing.toReversed()) makeLevel(path);
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function makeLevel(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process may have been quicker.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
