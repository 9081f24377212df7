import { COMMON_OPTIONS, type Command } from "./command.ts";

const row = (left: string, right: string): string => `  ${left.padEnd(30)} ${right}`;

export function formatOverview(commands: readonly Command[], version: string): string {
  return [
    `gatewatch ${version}: one small server that sees a web app's requests and explains its errors`,
    "",
    "Usage: gatewatch COMMAND [options]",
    "",
    ...commands.map((command) => row([command.name, command.usage].filter(Boolean).join(" "), command.summary)),
    "",
    "Every command takes --help, --json and --data FOLDER. Exit codes: 0 good, 1 found something or failed a check, 2 could not run.",
  ].join("\n");
}

export function formatHelp(command: Command): string {
  const options = [...command.options, ...COMMON_OPTIONS];
  return [
    `gatewatch ${command.name}: ${command.summary}`,
    "",
    `Usage: gatewatch ${[command.name, command.usage].filter(Boolean).join(" ")} [options]`,
    "",
    ...options.map((option) =>
      row(`--${option.name}${option.value === undefined ? "" : ` ${option.value}`}`, option.help),
    ),
  ].join("\n");
}
