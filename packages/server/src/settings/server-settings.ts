import { homedir } from "node:os";
import { resolve } from "node:path";
import { z } from "zod";
import { nearest } from "./nearest.ts";

const DAY_MS = 86_400_000;

const wholeNumber = (min: number, max: number) =>
  z.coerce.number(`must be a number from ${min} to ${max}`).int("must be a whole number").min(min).max(max);

/** One setting of the server: the variable, its rule, its default, and what it is for. The docs table is made of this list. */
export const SERVER_SETTINGS = {
  host: { env: "GATEWATCH_HOST", rule: z.string().min(1), default: "127.0.0.1", help: "Address to listen on." },
  port: {
    env: "GATEWATCH_PORT",
    rule: wholeNumber(0, 65_535),
    default: 4400,
    help: "Port to listen on; 0 takes a free one.",
  },
  dataDir: {
    env: "GATEWATCH_DATA",
    rule: z.string().min(1),
    default: ".gatewatch",
    help: "Folder for everything that is kept.",
  },
  role: { env: "GATEWATCH_ROLE", rule: z.enum(["all"]), default: "all", help: "What this process does." },
  databaseUrl: {
    env: "DATABASE_URL",
    rule: z
      .string()
      .regex(/^postgres(ql)?:\/\//, "must begin with postgres://")
      .nullable(),
    default: null,
    help: "PostgreSQL 15 or newer instead of the embedded SQLite.",
    secret: true,
  },
  publicUrl: {
    env: "GATEWATCH_PUBLIC_URL",
    rule: z.url().nullable(),
    default: null,
    help: "Address under which people reach the dashboard, for links in alerts.",
  },
  slackWebhookUrl: {
    env: "GATEWATCH_SLACK_WEBHOOK_URL",
    rule: z.url().nullable(),
    default: null,
    help: "Slack incoming webhook for alerts (`WEBHOOK_URL` is understood too).",
    secret: true,
  },
  analyst: {
    env: "GATEWATCH_ANALYST",
    rule: z.enum(["rules", "anthropic", "openai"]),
    default: "rules",
    help: "Who explains errors beyond the built-in rules.",
  },
  analystUrl: {
    env: "GATEWATCH_ANALYST_URL",
    rule: z.url().nullable(),
    default: null,
    help: "Base address of the model's API (Ollama: http://127.0.0.1:11434/v1).",
  },
  analystModel: {
    env: "GATEWATCH_ANALYST_MODEL",
    rule: z.string().min(1).nullable(),
    default: null,
    help: "Model name; needed with `anthropic` and `openai`.",
  },
  analystKey: {
    env: "GATEWATCH_ANALYST_KEY",
    rule: z.string().min(1).nullable(),
    default: null,
    help: "API key (`ANTHROPIC_API_KEY` and `OPENAI_API_KEY` are understood too).",
    secret: true,
  },
  analystCallsPerDay: {
    env: "GATEWATCH_ANALYST_CALLS_PER_DAY",
    rule: wholeNumber(0, 100_000),
    default: 100,
    help: "Most calls to the model a day (UTC).",
  },
  analystUsdPerDay: {
    env: "GATEWATCH_ANALYST_USD_PER_DAY",
    rule: z.coerce.number().min(0).max(10_000),
    default: 2,
    help: "Most money for the model a day, in US dollars.",
  },
  retentionDays: {
    env: "GATEWATCH_RETENTION_DAYS",
    rule: wholeNumber(1, 3650),
    default: 14,
    help: "Age at which raw events go. Rollups and issues stay longer.",
  },
  retentionMegabytes: {
    env: "GATEWATCH_RETENTION_MEGABYTES",
    rule: wholeNumber(64, 10_000_000),
    default: 10_240,
    help: "Size of the store at which the oldest raw events go.",
  },
  ingestKibPerSecond: {
    env: "GATEWATCH_INGEST_KIB_PER_SECOND",
    rule: wholeNumber(1, 100_000_000),
    default: 131_072,
    help: "KiB a second that one token may send (a request costs 32 KiB more); bursts of two seconds' worth.",
  },
  driftlockRequestsPerSecond: {
    env: "GATEWATCH_DRIFTLOCK_REQUESTS_PER_SECOND",
    rule: wholeNumber(1, 1_000_000),
    default: 600,
    help: "Requests a second that one key may send in Driftlock's language; each MiB of a body counts as one more.",
  },
  driftlockPascalCase: {
    env: "GATEWATCH_DRIFTLOCK_PASCAL_CASE",
    rule: z.stringbool("must be true or false"),
    default: false,
    help: "Write the metrics of Driftlock's language by its first servers' names too (`NCD`, `PValue`).",
  },
  addressSecret: {
    env: "GATEWATCH_SECRET",
    rule: z.string().min(8, "must have at least 8 characters").nullable(),
    default: null,
    help: "Key for pseudonymising client addresses that arrive in clear; without it they are dropped.",
    secret: true,
  },
  journalSalvage: {
    env: "GATEWATCH_JOURNAL_SALVAGE",
    rule: z.stringbool("must be true or false"),
    default: false,
    help: "Go on behind damaged records of the journal, which are lost; first keep a copy of the folder `journal`.",
  },
  logLevel: {
    env: "GATEWATCH_LOG_LEVEL",
    rule: z.enum(["debug", "info", "warn", "error"]),
    default: "info",
    help: "Least level that the server writes to its own log.",
  },
} as const;

export type ServerSettings = { [K in keyof typeof SERVER_SETTINGS]: z.infer<(typeof SERVER_SETTINGS)[K]["rule"]> };

export interface ServerConfig extends ServerSettings {
  /** Variables that look like misspelt settings, in words. */
  warnings: string[];
  retention: {
    rawMaxAgeMs: number;
    minuteMaxAgeMs: number;
    minuteRouteMaxAgeMs: number;
    hourRouteMaxAgeMs: number;
    dayMaxAgeMs: number;
    samplesPerIssue: number;
    maxBytes: number;
    batchIdMaxAgeMs: number;
  };
}

/** The analyst's budget as it is configured; people may change it while the server runs. */
export function analystBudgetOf(config: Pick<ServerConfig, "analystCallsPerDay" | "analystUsdPerDay">): {
  maxCallsPerDay: number;
  maxUsdPerDay: number;
} {
  return { maxCallsPerDay: config.analystCallsPerDay, maxUsdPerDay: config.analystUsdPerDay };
}

/** A setting that cannot be used; the message names it, its value and what is allowed. */
export class SettingError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "SettingError";
  }
}

/** Names of other tools that are understood. A vendor's key goes to that vendor's own address only. */
function aliasesOf(key: keyof typeof SERVER_SETTINGS, env: Record<string, string | undefined>): string[] {
  if (key === "slackWebhookUrl") return ["WEBHOOK_URL"];
  if (key !== "analystKey" || env[SERVER_SETTINGS.analystUrl.env]) return [];
  const analyst = env[SERVER_SETTINGS.analyst.env];
  if (analyst === "anthropic") return ["ANTHROPIC_API_KEY"];
  return analyst === "openai" ? ["OPENAI_API_KEY"] : [];
}

/** The data folder, absolute: the flag, else the environment, else `.gatewatch`. */
export function resolveDataDir(env: Record<string, string | undefined>, flag?: unknown): string {
  const given = typeof flag === "string" ? flag : (env[SERVER_SETTINGS.dataDir.env] ?? SERVER_SETTINGS.dataDir.default);
  return resolve(given.replace(/^~(?=\/|$)/, homedir()));
}

/** Our own variables that are no setting of the server: the middleware's, or read where they are used. */
function findUnknown(env: Record<string, string | undefined>): string[] {
  const known = Object.values(SERVER_SETTINGS).map((setting) => setting.env as string);
  return Object.keys(env).flatMap((name) => {
    if (!name.startsWith("GATEWATCH_") || known.includes(name)) return [];
    // One letter only: the middleware has short names of its own in the same environment.
    const near = nearest(name, known, 1);
    return near === undefined ? [] : [`${name} is no setting of the server; did you mean ${near}?`];
  });
}

/**
 * Settings from the environment, overridden by `flags` (camelCase names as in `SERVER_SETTINGS`).
 * Throws `SettingError` on the first value that is not allowed.
 */
export function resolveServerConfig(
  env: Record<string, string | undefined>,
  flags: Partial<Record<keyof ServerSettings, unknown>> = {},
): ServerConfig {
  const settings: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(SERVER_SETTINGS)) {
    const key = name as keyof typeof SERVER_SETTINGS;
    const variable = [setting.env, ...aliasesOf(key, env)].find((candidate) => env[candidate]);
    const value = flags[key] ?? (variable === undefined ? undefined : env[variable]);
    if (value === undefined) {
      settings[name] = setting.default;
      continue;
    }
    const parsed = setting.rule.safeParse(value);
    if (!parsed.success) {
      const source = flags[key] === undefined ? variable : `--${name === "dataDir" ? "data" : name}`;
      const shown = "secret" in setting ? "(hidden)" : JSON.stringify(value);
      throw new SettingError(
        `${source} is ${shown}: ${parsed.error.issues[0]?.message ?? "not allowed"}. ${setting.help}`,
      );
    }
    settings[name] = parsed.data;
  }
  const known = settings as ServerSettings;
  if (known.analyst !== "rules" && known.analystModel === null) {
    throw new SettingError(
      `GATEWATCH_ANALYST is "${known.analyst}" but GATEWATCH_ANALYST_MODEL is not set: name the model to ask.`,
    );
  }
  return {
    ...known,
    dataDir: resolveDataDir(env, flags.dataDir),
    warnings: findUnknown(env),
    retention: {
      rawMaxAgeMs: known.retentionDays * DAY_MS,
      minuteMaxAgeMs: 14 * DAY_MS,
      minuteRouteMaxAgeMs: 2 * DAY_MS,
      hourRouteMaxAgeMs: 90 * DAY_MS,
      dayMaxAgeMs: 730 * DAY_MS,
      samplesPerIssue: 100,
      maxBytes: known.retentionMegabytes * 1024 * 1024,
      batchIdMaxAgeMs: 2 * DAY_MS,
    },
  };
}
