import { ConfigError } from "./config-error.ts";
import type { OptionAlias } from "./option-kinds.ts";
import { OPTION_TABLE, type OptionRow } from "./option-table.ts";
import { parseValue } from "./parse-value.ts";
import { suggestName } from "./suggest-name.ts";

export interface EnvironmentReading {
  /** Parsed values by dotted key. */
  values: Map<string, unknown>;
  /** The variable that each came from. */
  sources: Map<string, string>;
  /** One sentence per mistake; the value in question falls back to what is next in line. */
  warnings: string[];
}

/** Names of the server and of the demonstration, which share the prefix. */
const FOREIGN_NAMES = new Set(["GATEWATCH_HOST", "GATEWATCH_PORT", "GATEWATCH_DATA", "GATEWATCH_ROLE"]);

/** Options from environment variables: our own names first, then the aliases; in each the process's before the file's. */
export function readEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  dotenv: Readonly<Record<string, string>>,
): EnvironmentReading {
  const reading: EnvironmentReading = { values: new Map(), sources: new Map(), warnings: [] };
  for (const option of OPTION_TABLE) {
    for (const { env: name, convert } of namesOf(option)) {
      // NODE_ENV, HOSTNAME and kin in a `.env` belong to others.
      const isOurs = name.startsWith("GATEWATCH_") || name.startsWith("AI_AGENT_");
      const text = env[name] ?? (isOurs ? dotenv[name] : undefined);
      if (text === undefined || (text === "" && name !== option.env)) continue;
      try {
        reading.values.set(
          option.key,
          parseValue(option, toValue(option, convert === undefined ? text : convert(text)), name),
        );
        reading.sources.set(option.key, name);
        break;
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        reading.warnings.push(`${error.message} It is ignored.`);
      }
    }
  }
  reading.warnings.push(...findMisspellings(env), ...findMisspellings(dotenv));
  return reading;
}

function namesOf({ env, aliases }: OptionRow): readonly OptionAlias[] {
  return env === null ? aliases : [{ env }, ...aliases];
}

function toValue({ kind }: OptionRow, text: string): unknown {
  return kind.type === "code" && kind.fromText !== undefined ? kind.fromText(text) : text;
}

function findMisspellings(env: Readonly<Record<string, string | undefined>>): string[] {
  const known = OPTION_TABLE.map((option) => option.env).filter((name) => name !== null);
  const warnings: string[] = [];
  for (const name of Object.keys(env)) {
    if (!name.startsWith("GATEWATCH_") || FOREIGN_NAMES.has(name) || known.includes(name)) continue;
    const near = suggestName(
      name.slice("GATEWATCH_".length),
      known.map((env) => env.slice("GATEWATCH_".length)),
    );
    if (near !== undefined) warnings.push(`${name} is not known; did you mean GATEWATCH_${near}? It is ignored.`);
  }
  return warnings;
}
