import { readFileSync } from "node:fs";
import { ConfigError } from "./config-error.ts";
import { DEFAULTS } from "./defaults.ts";
import type { OptionName } from "./option-kinds.ts";
import { OPTION_TABLE, type OptionRow } from "./option-table.ts";
import type { ConfigOptions, ConfigValues } from "./options.ts";
import { parseDotenv } from "./parse-dotenv.ts";
import { parseValue } from "./parse-value.ts";
import { type PresetName, PRESETS } from "./presets.ts";
import { readEnvironment } from "./read-environment.ts";
import { settleCerberus } from "./settle-cerberus.ts";
import { suggestName } from "./suggest-name.ts";

export interface ResolvedOptions extends ConfigValues {
  /** Mistakes in the environment, each said once at start. */
  readonly warnings: readonly string[];
  /** Keys that code or environment have set, in the order of the table. */
  readonly set: readonly string[];
}

export interface OptionSources {
  env?: Readonly<Record<string, string | undefined>>;
  /** Text of the `.env` file; undefined: there is none. */
  dotenv?: string | undefined;
  /** What the configuration file exports; undefined: there is none. */
  file?: object | undefined;
}

/** Code before environment before `.env` before the configuration file before the preset before the defaults. @throws ConfigError for a mistake in `given`, never for one in the environment. */
export function resolveOptions(given: ConfigOptions = {}, sources: OptionSources = {}): ResolvedOptions {
  const { env = process.env } = sources;
  const dotenv = "dotenv" in sources ? sources.dotenv : tryReadDotenv();
  const { values: fromEnvironment, sources: environment, warnings } = readEnvironment(env, parseDotenv(dotenv ?? ""));
  const file = new Map(flatten(sources.file ?? {}));
  const code = new Map(flatten(given));
  const values = new Map([...file, ...fromEnvironment, ...code]);
  settleCerberus(values, { file, environment, code });
  const preset = values.get("preset") as PresetName | null | undefined;
  const resolved = copyGroups(DEFAULTS);
  if (preset !== undefined && preset !== null) {
    for (const [key, value] of flatten(PRESETS[preset])) assign(resolved, key, value);
  }
  for (const [key, value] of values) assign(resolved, key, value);
  const set = OPTION_TABLE.map(({ key }) => key).filter((key) => values.has(key));
  return deepFreeze({ ...resolved, warnings, set });
}

/** The file is read for our own keys only; `process.env` stays as it is. */
function tryReadDotenv(): string | undefined {
  try {
    return readFileSync(".env", "utf8");
  } catch {
    return undefined;
  }
}

const ROWS = new Map(OPTION_TABLE.map((option) => [option.key, option]));
const OTHER_NAMES = new Map<string, Pick<OptionRow, "key"> & Pick<OptionName, "convert">>(
  OPTION_TABLE.flatMap(({ key, names }) =>
    names.map(({ name, convert }) => [`${key.split(".")[0]}.${name}`, { key, convert }] as const),
  ),
);
const GROUPS = new Set(OPTION_TABLE.filter(({ key }) => key.includes(".")).map(({ key }) => key.split(".")[0]!));
const TOP_NAMES = new Set(OPTION_TABLE.map(({ key }) => key.split(".")[0]!));

/** Dotted keys with parsed values. Absent and `undefined` mean the same. */
function* flatten(given: object): Iterable<[string, unknown]> {
  if (typeof given !== "object" || given === null) {
    throw new ConfigError("invalid_option", "options", "The options must be an object.");
  }
  for (const [name, value] of Object.entries(given)) {
    if (!TOP_NAMES.has(name)) throw unknown(name, TOP_NAMES);
    if (value === undefined) continue;
    if (GROUPS.has(name)) yield* flattenGroup(name, value);
    else yield parseOne(name, value);
  }
}

function* flattenGroup(group: string, value: unknown): Iterable<[string, unknown]> {
  if (typeof value === "boolean" && ROWS.has(`${group}.enabled`)) {
    yield [`${group}.enabled`, value];
    return;
  }
  if (typeof value !== "object" || value === null) {
    throw new ConfigError("invalid_option", group, `${group} must be an object with ${namesIn(group).join(", ")}.`);
  }
  for (const [name, part] of Object.entries(value)) {
    const key = `${group}.${name}`;
    const other = OTHER_NAMES.get(key);
    if (other === undefined && !ROWS.has(key))
      throw unknown(
        key,
        namesIn(group).map((known) => `${group}.${known}`),
      );
    if (part === undefined) continue;
    if (other === undefined) yield parseOne(key, part);
    else yield parseOne(other.key, other.convert === undefined ? part : other.convert(part));
  }
}

function parseOne(key: string, value: unknown): [string, unknown] {
  const option: OptionRow = ROWS.get(key)!;
  return [key, parseValue(option, value, key)];
}

function namesIn(group: string): string[] {
  return [...ROWS.keys()].filter((key) => key.startsWith(`${group}.`)).map((key) => key.slice(group.length + 1));
}

function unknown(name: string, known: Iterable<string>): ConfigError {
  const near = suggestName(name, known);
  const hint = near === undefined ? `Known are ${[...known].join(", ")}.` : `Did you mean ${near}?`;
  return new ConfigError("unknown_option", name, `The option ${name} does not exist. ${hint}`);
}

/** Groups are copied, their values are not: those of code may be functions. */
function copyGroups(values: ConfigValues): ConfigValues {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]: [string, object]) => [name, GROUPS.has(name) ? { ...value } : value]),
  ) as unknown as ConfigValues;
}

function assign(target: object, key: string, value: unknown): void {
  const [first, second] = key.split(".");
  if (second === undefined) Reflect.set(target, first!, value);
  else Reflect.set(Reflect.get(target, first!), second, value);
}

/** Freezes plain groups; loggers, hooks and sinks are the user's. */
function deepFreeze(options: ResolvedOptions): ResolvedOptions {
  for (const [name, part] of Object.entries(options)) {
    if (GROUPS.has(name)) Object.freeze(part);
  }
  return Object.freeze(options);
}
