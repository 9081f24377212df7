/** A mistake of the person at the terminal, or a thing that stands in the way: one sentence, exit code 2. */
export class CommandError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CommandError";
  }
}

export interface CommandOption {
  name: string;
  /** Shown in the help in place of the value; absent: a switch. */
  value?: string;
  help: string;
}

export type Values = Record<string, string | boolean | undefined>;

/** 0 good, 1 found something or failed a check, 2 could not run. */
export type ExitCode = 0 | 1 | 2;

export interface Command {
  /** Words after `gatewatch`, for example `token create`. */
  name: string;
  /** Positional arguments as the help shows them. */
  usage?: string;
  summary: string;
  options: CommandOption[];
  run(values: Values, positionals: string[]): Promise<ExitCode>;
}

export const COMMON_OPTIONS: CommandOption[] = [
  { name: "data", value: "FOLDER", help: "data folder of the server (default .gatewatch, or GATEWATCH_DATA)" },
  { name: "json", help: "print JSON" },
  { name: "help", help: "print this help" },
];
