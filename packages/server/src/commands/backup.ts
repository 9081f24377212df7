import { readdirSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { CommandError, type ExitCode, type Values } from "../cli/command.ts";
import { findDataDir } from "../settings/find-data-dir.ts";
import { openControl } from "../cli/open-control.ts";

/** Writes a consistent copy of the store to a folder (a file, with PostgreSQL) that does not exist yet, or to an empty folder. */
export async function backup(values: Values, positionals: string[]): Promise<ExitCode> {
  const target = positionals[0];
  if (target === undefined)
    throw new CommandError("Name the folder (or the file, with PostgreSQL) to write to: gatewatch backup TARGET");
  // A copy laid over the live folder would take the store from under the server; over an older copy it would mix the two.
  if (isTaken(resolve(target)))
    throw new CommandError(
      `${resolve(target)} exists already. Name a folder or file that does not, or an empty folder.`,
    );
  const control = await openControl(findDataDir(values.data));
  try {
    const copy = await control.call<{ path: string; bytes: number }>("POST", "/control/backup", {
      target: resolve(target),
    });
    process.stdout.write(
      values.json === true
        ? `${JSON.stringify(copy)}\n`
        : `Wrote ${copy.path} (${(copy.bytes / 1024 / 1024).toFixed(1)} MB)\n`,
    );
    return 0;
  } finally {
    await control.close();
  }
}

function isTaken(path: string): boolean {
  const info = statSync(path, { throwIfNoEntry: false });
  return info !== undefined && !(info.isDirectory() && readdirSync(path).length === 0);
}
