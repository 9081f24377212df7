import { readFileSync } from "node:fs";
import { COMMANDS } from "./commands.ts";
import { CommandError } from "./command.ts";
import { formatHelp, formatOverview } from "./help.ts";
import { keepCompiledCode } from "./keep-compiled-code.ts";
import { parseCommandLine } from "./parse-command-line.ts";

/** Errors whose message is made for the person at the terminal; anything else is a defect of ours. */
const EXPECTED = new Set([
  "CommandError",
  "SettingError",
  "DataFolderError",
  "StoreError",
  "JournalError",
  "ListenError",
  "KeyFileError",
  "ChannelConfigError",
]);

/** What happened and, where the error knows it apart from that, what to do. */
function describeExpected(error: Error): string {
  return "help" in error && typeof error.help === "string" ? `${error.message} ${error.help}` : error.message;
}

function readVersion(): string {
  return (JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string })
    .version;
}

async function main(args: string[]): Promise<number> {
  const { command, values, positionals } = parseCommandLine(args, COMMANDS);
  if (command === undefined) {
    process.stdout.write(`${values.version === true ? readVersion() : formatOverview(COMMANDS, readVersion())}\n`);
    return values.help === true || values.version === true ? 0 : 2;
  }
  if (values.help === true) {
    process.stdout.write(`${formatHelp(command)}\n`);
    return 0;
  }
  return command.run(values, positionals);
}

keepCompiledCode();

// What a command writes, the data folder above all, is its owner's alone.
process.umask(0o077);

// A reader that closes early (`gatewatch issues | head`) is no error; one of messages alone does not end the work.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
});
process.stderr.on("error", () => undefined);

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const known = error instanceof CommandError || (error instanceof Error && EXPECTED.has(error.name));
  const message = known
    ? describeExpected(error as Error)
    : `An error of Gatewatch's own: ${error instanceof Error ? error.stack : String(error)}`;
  if (process.argv.includes("--json")) process.stdout.write(`${JSON.stringify({ error: { message } })}\n`);
  process.stderr.write(`gatewatch: ${message}\n`);
  process.exitCode = 2;
}
