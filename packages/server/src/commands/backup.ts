import { resolve } from "node:path";
import { CommandError, type ExitCode, type Values } from "../cli/command.ts";
import { openControl, resolveDataDir } from "../cli/open-control.ts";

/** Writes a consistent copy of the store to `target`, which must not exist yet. */
export async function backup(values: Values, positionals: string[]): Promise<ExitCode> {
  const target = positionals[0];
  if (target === undefined)
    throw new CommandError("Name the folder (or the file, with PostgreSQL) to write to: gatewatch backup TARGET");
  const control = await openControl(resolveDataDir(values));
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
