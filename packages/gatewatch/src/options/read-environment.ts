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

/** Names of the server's settings, which share the prefix and often the environment. */
export const SERVER_NAMES: ReadonlySet<string> = new Set(
  (
    "HOST PORT DATA ROLE PUBLIC_URL LOG_LEVEL FAULT JOURNAL_SALVAGE RETENTION_DAYS RETENTION_MEGABYTES INGEST_KIB_PER_SECOND " +
    "DRIFTLOCK_REQUESTS_PER_SECOND DRIFTLOCK_PASCAL_CASE " +
    "ANALYST ANALYST_URL ANALYST_MODEL ANALYST_KEY ANALYST_CALLS_PER_DAY ANALYST_USD_PER_DAY"
  )
    .split(" ")
    .map((name) => `GATEWATCH_${name}`),
);
/** What Kubernetes and Docker tell of a service by the name of `gatewatch`, and what this project's tests are told. */
const FOREIGN = /^GATEWATCH_(?:SERVICE_HOST$|SERVICE_PORT(?:_|$)|PORT_\d|TEST_)/;
const MAX_NAMES = 10;

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
  reading.warnings.push(...findUnknown(Object.keys({ ...dotenv, ...env })));
  return reading;
}

function namesOf({ env, aliases }: OptionRow): readonly OptionAlias[] {
  return env === null ? aliases : [{ env }, ...aliases];
}

function toValue({ kind }: OptionRow, text: string): unknown {
  return kind.type === "code" && kind.fromText !== undefined ? kind.fromText(text) : text;
}

/** One sentence for each name that is nearly right, one for all the others. */
function findUnknown(names: readonly string[]): string[] {
  const known = OPTION_TABLE.map((option) => option.env).filter((name) => name !== null);
  const short = known.map((name) => name.slice("GATEWATCH_".length));
  const warnings: string[] = [];
  const strange: string[] = [];
  for (const name of names) {
    if (!name.startsWith("GATEWATCH_") || known.includes(name) || SERVER_NAMES.has(name) || FOREIGN.test(name))
      continue;
    const near = suggestName(name.slice("GATEWATCH_".length), short);
    if (near === undefined) strange.push(name);
    else warnings.push(`${name} is not known; did you mean GATEWATCH_${near}? It is ignored.`);
  }
  if (strange.length > 0) warnings.push(`${listNames(strange)} not known: no option has such a variable. Ignored.`);
  return warnings;
}

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).join(", ");
  const more = names.length - MAX_NAMES;
  return `${shown}${more > 0 ? ` and ${more} more` : ""} ${names.length === 1 ? "is" : "are"}`;
}
