import { parseArgs } from "node:util";
import { nearest } from "../settings/nearest.ts";
import { COMMON_OPTIONS, CommandError, type Command, type Values } from "./command.ts";

export interface CommandLine {
  command: Command | undefined;
  values: Values;
  positionals: string[];
}

/** Finds the command and its options. Throws `CommandError` naming what is unknown and the nearest known word. */
export function parseCommandLine(args: string[], commands: readonly Command[]): CommandLine {
  const words = args.slice(0, firstOption(args));
  const command = commands
    .filter((candidate) => candidate.name.split(" ").every((word, index) => words[index] === word))
    .toSorted((a, b) => b.name.length - a.name.length)[0];
  if (command === undefined) {
    if (words.length === 0) return { command: undefined, values: switchesOf(args), positionals: [] };
    const near = nearest(
      words.join(" "),
      commands.map((candidate) => candidate.name),
    );
    throw new CommandError(
      `There is no command "${words.join(" ")}".${near ? ` Did you mean "${near}"?` : ""} \`gatewatch --help\` lists them.`,
    );
  }
  const options = [...command.options, ...COMMON_OPTIONS];
  try {
    const { values, positionals } = parseArgs({
      args: args.slice(command.name.split(" ").length),
      options: Object.fromEntries(
        options.map((option) => [
          option.name,
          { type: option.value === undefined ? ("boolean" as const) : ("string" as const) },
        ]),
      ),
      allowPositionals: true,
      allowNegative: true,
    });
    if (positionals.length > 0 && command.usage === undefined)
      throw new CommandError(`"${positionals[0]}" is too much: \`gatewatch ${command.name}\` takes options only.`);
    return { command, values: values as Values, positionals };
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const unknown = /Unknown option '(--?[^']+)'/.exec((error as Error).message)?.[1];
    if (unknown === undefined) throw new CommandError(`${(error as Error).message.split(". ")[0]}.`, { cause: error });
    const near = nearest(
      unknown.replace(/^-+/, ""),
      options.flatMap(({ name, value }) => (value === undefined ? [name, `no-${name}`] : [name])),
    );
    throw new CommandError(
      `\`gatewatch ${command.name}\` has no option ${unknown}.${near ? ` Did you mean --${near}?` : ""} See \`gatewatch ${command.name} --help\`.`,
    );
  }
}

function firstOption(args: string[]): number {
  const index = args.findIndex((arg) => arg.startsWith("-"));
  return index === -1 ? args.length : index;
}

function switchesOf(args: string[]): Values {
  const values: Values = {};
  for (const arg of args) {
    if (arg === "--help" || arg === "-h") values.help = true;
    else if (arg === "--version" || arg === "-v") values.version = true;
    else throw new CommandError(`There is no option ${arg} here. \`gatewatch --help\` lists the commands.`);
  }
  return values;
}
