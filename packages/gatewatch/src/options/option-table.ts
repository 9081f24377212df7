import { isTimeZone } from "@gatewatch/protocol/messages/format-time";
import { DEFAULTS } from "./defaults.ts";
import { PATHS } from "./code-kinds.ts";
import { ANOMALY_SPEC } from "./groups/anomaly.ts";
import { CERBERUS_SPEC } from "./groups/cerberus.ts";
import { COMPRESSION_SPEC } from "./groups/compression.ts";
import { CACHE_SPEC } from "./groups/cache.ts";
import { CORS_SPEC } from "./groups/cors.ts";
import { CUSTOM_METRICS_SPEC } from "./groups/custom-metrics.ts";
import { ACCESS_LOG_SPEC } from "./groups/access-log.ts";
import { EMAIL_SPEC } from "./groups/email.ts";
import { ERROR_BOUNDARY_SPEC } from "./groups/error-boundary.ts";
import { REQUEST_ID_SPEC } from "./groups/request-id.ts";
import { SLACK_SPEC } from "./groups/slack.ts";
import { TIMING_SPEC } from "./groups/timing.ts";
import { METRICS_SPEC } from "./groups/metrics.ts";
import { RATE_LIMIT_SPEC } from "./groups/rate-limit.ts";
import { SECURITY_HEADERS_SPEC } from "./groups/security-headers.ts";
import { PRESET_NAMES } from "./presets.ts";
import { fromPrefixes } from "./values/from-prefixes.ts";
import {
  ADDRESS,
  ADDRESS_POLICY,
  BOOLEAN,
  choice,
  type GroupSpec,
  integer,
  LIST,
  type OptionAlias,
  type OptionKind,
  type OptionName,
  type OptionSpec,
  SECRET,
  TEXT,
} from "./option-kinds.ts";

/** One row of the configuration reference. */
export interface OptionRow {
  /** Dotted path in the options object. */
  key: string;
  /** Environment variable; null where only code can set the option. */
  env: string | null;
  default: unknown;
  /** One sentence. */
  doc: string;
  kind: OptionKind;
  aliases: readonly OptionAlias[];
  /** What other systems call it where code says it. */
  names: readonly OptionName[];
}

interface RowExtras {
  aliases?: readonly (string | OptionAlias)[];
  names?: readonly (string | OptionName)[];
}

const TIME_ZONE: OptionKind = {
  type: "code",
  allowed: "the name of a time zone such as UTC or Europe/Paris",
  parse: (value) => {
    if (typeof value === "string" && isTimeZone(value)) return value;
    throw new TypeError(`${JSON.stringify(value)} is no time zone that this machine knows`);
  },
  fromText: (text) => text.trim() || "UTC",
};

/** Seconds to milliseconds; what is no number stays, and is refused with its own text. */
const fromSeconds = (text: string): string => (Number.isFinite(Number(text)) ? String(Number(text) * 1000) : text);

/** The web origin of a WebSocket or web address. */
function toOrigin(text: string): string {
  try {
    const url = new URL(text.replace(/^ws/, "http"));
    return url.origin;
  } catch {
    return text;
  }
}

/** Every option that can be set by environment, in the order of the reference. */
export const OPTION_TABLE: readonly OptionRow[] = Object.freeze([
  row("preset", choice(...PRESET_NAMES), "Option values that belong together; whatever else is set wins over them."),
  row("enabled", BOOLEAN, "Whether events are delivered; the local log stays.", {
    aliases: ["AI_AGENT_ENABLED", "CERBERUS_ENABLED", "DRIFTLOCK_ENABLED"],
  }),
  row("url", ADDRESS, "Base address of the Gatewatch server; without it there is only the local log.", {
    aliases: [
      { env: "CERBERUS_BACKEND_URL", convert: toOrigin },
      { env: "CERBERUS_WS_URL", convert: toOrigin },
      { env: "DRIFTLOCK_BASE_URL", convert: toOrigin },
    ],
  }),
  row("token", SECRET, "Ingest token of a project.", { aliases: ["CERBERUS_TOKEN", "DRIFTLOCK_API_KEY"] }),
  row(
    "mode",
    choice("background", "await"),
    "`await`: the answer to a failed request waits until its error is delivered, at most `delivery.timeoutMs`.",
  ),
  row("environment", TEXT, "Where the app runs; `NODE_ENV` when not set.", { aliases: ["NODE_ENV"] }),
  row("release", TEXT, "Version of the app.", { aliases: ["APP_VERSION"] }),
  row("service", TEXT, "Name of the app.", { aliases: ["CERBERUS_CLIENT_ID", "DRIFTLOCK_STREAM_ID"] }),
  row("hostName", TEXT, "Name of this machine; the system's own when not set.", { aliases: ["HOSTNAME"] }),
  row(
    "trustProxy",
    { type: "trust" },
    "Peers that may speak for others: addresses, CIDR blocks, or `loopback`, `linklocal`, `uniquelocal`, `private`, `cgnat`.",
  ),
  row(
    "clientAddress",
    ADDRESS_POLICY,
    "What the server and `sinks` see of client addresses; `hash` drops them without a secret.",
  ),
  row("secret", SECRET, "Key of the pseudonyms (HMAC-SHA256) of client addresses.", {
    aliases: ["CERBERUS_SECRET_KEY"],
  }),
  row(
    "debug",
    BOOLEAN,
    "The local log says which options are set (names, never values), when connections to the server open and end, and which batches were sent, with the drops that they report.",
    { aliases: ["CERBERUS_DEBUG"] },
  ),
  row("timeZone", TIME_ZONE, "Zone in which messages and lines of the text format tell times."),
  row("skip", PATHS, "Paths that pass by unseen.", {
    aliases: [{ env: "DRIFTLOCK_EXCLUDE_PATHS", convert: (text) => String(fromPrefixes(text)) }],
  }),
  ...rowsOf("requestId", REQUEST_ID_SPEC),
  ...rowsOf("accessLog", ACCESS_LOG_SPEC),
  ...rowsOf("timing", TIMING_SPEC),
  ...rowsOf("errorBoundary", ERROR_BOUNDARY_SPEC),
  ...rowsOf("securityHeaders", SECURITY_HEADERS_SPEC),
  ...rowsOf("cors", CORS_SPEC),
  ...rowsOf("rateLimit", RATE_LIMIT_SPEC),
  ...rowsOf("cache", CACHE_SPEC),
  ...rowsOf("compression", COMPRESSION_SPEC),
  ...rowsOf("customMetrics", CUSTOM_METRICS_SPEC),
  ...rowsOf("anomaly", ANOMALY_SPEC),
  ...rowsOf("metrics", METRICS_SPEC),
  row("record.enabled", BOOLEAN, "The record layer, which makes events."),
  row("record.requests", BOOLEAN, "Finished requests become events; errors do in any case."),
  row(
    "record.sampleRate",
    { type: "number", min: 0, max: 1 },
    "Share of requests that become events; those with a status of 500 or above, or with an exception, always do.",
  ),
  row("capture.body", BOOLEAN, "Bodies of POST, PUT and PATCH are attached to errors."),
  row("capture.maxBodyBytes", integer(0, 1_048_576), "Longer bodies are replaced by `[Body too large: n bytes]`.", {
    aliases: ["AI_AGENT_MAX_BODY_SIZE"],
  }),
  row("capture.headers", BOOLEAN, "Request headers are attached to errors, redacted."),
  row("capture.query", BOOLEAN, "Query fields are attached to errors, redacted."),
  row("capture.user", BOOLEAN, "The user is attached to events."),
  row("capture.userEmail", BOOLEAN, "The user's e-mail address is kept."),
  row("capture.source", BOOLEAN, "Five source lines around each of the app's own frames."),
  row("redact.keys", LIST, "Further key names whose value is replaced."),
  row("redact.allowKeys", LIST, "Key names that are kept although a built-in rule names them."),
  row("redact.headers", LIST, "Further header names whose value is replaced."),
  row("redact.patterns", LIST, "Further regular expressions whose matches in texts are replaced."),
  row("redact.email", BOOLEAN, "E-mail addresses in texts are replaced too."),
  row("delivery.transport", choice("stream", "http"), "`stream`: WebSocket with HTTP as the fallback."),
  row(
    "delivery.maxQueueEvents",
    integer(1, 1_000_000),
    "Events waiting in memory; beyond it events are dropped and counted.",
  ),
  row("delivery.maxQueueBytes", integer(65_536, 1_073_741_824), "Bytes waiting in memory."),
  row("delivery.maxBatchEvents", integer(1, 10_000), "Events sent together."),
  row("delivery.batchDelayMs", integer(0, 60_000), "How long an event may wait for company."),
  row("delivery.timeoutMs", integer(1, 600_000), "One request to the server, its answer included."),
  row("delivery.shutdownMs", integer(0, 600_000), "What a shutdown may wait for the last events."),
  row("delivery.spool", BOOLEAN, "Batches wait on disk while the server is away."),
  row("delivery.spoolFolder", TEXT, "Folder of those batches; when not set one in the system's temporary folder."),
  row("delivery.maxSpoolBytes", integer(0, 1_099_511_627_776), "Bytes that may wait on disk."),
  row("agent.endpoint", ADDRESS, "Full address that receives each error as JSON.", { aliases: ["AI_AGENT_ENDPOINT"] }),
  row("agent.apiKey", SECRET, "Sent to that address as `Authorization: Bearer`.", { aliases: ["AI_AGENT_API_KEY"] }),
  row("agent.timeoutMs", integer(1, 600_000), "One request to that address, its answer included.", {
    aliases: [{ env: "AI_AGENT_TIMEOUT", convert: fromSeconds }],
  }),
  row(
    "agent.clientAddress",
    ADDRESS_POLICY,
    "What that address sees of client addresses; as `clientAddress` says when not set.",
  ),
  ...rowsOf("cerberus", CERBERUS_SPEC),
  ...rowsOf("slack", SLACK_SPEC),
  ...rowsOf("email", EMAIL_SPEC),
  row("process.uncaughtException", BOOLEAN, "Exceptions that end the process are recorded; the process still ends."),
  row("process.unhandledRejection", BOOLEAN, "Unhandled rejections are recorded; what happens about them stays."),
  row("process.flushOnExit", BOOLEAN, "SIGTERM, SIGINT and the end of the event loop flush the queue."),
]);

function row(key: string, kind: OptionKind, doc: string, { aliases = [], names = [] }: RowExtras = {}): OptionRow {
  return Object.freeze({
    key,
    env: kind.type === "code" && kind.fromText === undefined ? null : toEnvName(key),
    default: key.split(".").reduce<unknown>((value, part) => Reflect.get(Object(value), part), DEFAULTS),
    doc,
    kind,
    aliases: aliases.map((alias) => (typeof alias === "string" ? { env: alias } : alias)),
    names: names.map((name) => (typeof name === "string" ? { name } : name)),
  });
}

/** The rows of a layer's group. */
export function rowsOf<T>(group: string, spec: GroupSpec<T>): OptionRow[] {
  return Object.entries<OptionSpec<unknown>>(spec).map(([name, { kind, doc, aliases = [], names = [] }]) =>
    row(`${group}.${name}`, kind, doc, { aliases, names }),
  );
}

function toEnvName(key: string): string {
  return `GATEWATCH_${key
    .replaceAll(".", "_")
    .replaceAll(/([a-z])([A-Z])/g, "$1_$2")
    .toUpperCase()}`;
}
