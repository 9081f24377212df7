import type { PiiRule } from "@gatewatch/protocol/cerberus-event";
import { createRedactor } from "@gatewatch/protocol/redact/create-redactor";
import { RedactionOptionError } from "@gatewatch/protocol/redact/redactor";
import {
  ADDRESS,
  BOOLEAN,
  type GroupSpec,
  integer,
  LIST,
  number,
  type OptionKind,
  SECRET,
  TEXT,
} from "../option-kinds.ts";
import { listKind, PATHS } from "../code-kinds.ts";
import { readJson } from "../values/read-json.ts";

export interface CerberusOptions {
  /** @default false */
  enabled: boolean;
  /** WebSocket of the Cerberus backend. @default null */
  wsUrl: string | null;
  /** @default null */
  token: string | null;
  /** Names the app. @default null */
  clientId: string | null;
  /** Key of the pseudonyms of client addresses. @default null */
  secretKey: string | null;
  /** Hands out that key. @default null */
  backendUrl: string | null;
  /** Share of requests, 0 to 1. @default 1 */
  sampleRate: number;
  /** Paths that are streamed. Empty: all. @default [] */
  capture: readonly string[];
  /** Paths that are not. @default [] */
  skip: readonly string[];
  /** Request headers that are sent, in lower case; `*`: all. @default [] */
  headers: readonly string[];
  /** Query fields that are sent; `*`: all. @default [] */
  query: readonly string[];
  /** Members of JSON bodies that are sent; `*`: all. @default [] */
  body: readonly string[];
  /** JSON answers are sent. @default false */
  responseBody: boolean;
  /** Key names whose value is replaced, beside those of `redact.keys`. @default [] */
  sensitiveKeys: readonly string[];
  /** @default [] */
  piiPatterns: readonly PiiRule[];
  /** @default 10000 */
  maxQueueEvents: number;
  /** @default 5000 */
  ackTimeoutMs: number;
}

const LOWER_LIST: OptionKind = listKind("a list of names, or *", (item) => {
  if (typeof item === "string" && item.trim() !== "") return item.trim().toLowerCase();
  throw new TypeError(`${JSON.stringify(item)} is no name`);
});

export const CERBERUS_SPEC: GroupSpec<CerberusOptions> = {
  enabled: {
    default: false,
    kind: BOOLEAN,
    doc: "Requests are streamed to a Cerberus backend; also on when code or `GATEWATCH_CERBERUS_WS_URL` sets `wsUrl`.",
  },
  wsUrl: {
    default: null,
    kind: {
      type: "code",
      allowed: "an address that begins with ws://, wss://, http:// or https://, or null",
      parse: parseWsUrl,
      fromText: (text) => text,
    },
    doc: "WebSocket of the Cerberus backend.",
    aliases: ["CERBERUS_WS_URL"],
    names: ["ws_url"],
  },
  token: { default: null, kind: SECRET, doc: "Authenticates each event.", aliases: ["CERBERUS_TOKEN"] },
  clientId: {
    default: null,
    kind: TEXT,
    doc: "Names the app; `service` when not set.",
    aliases: ["CERBERUS_CLIENT_ID"],
    names: ["client_id"],
  },
  secretKey: {
    default: null,
    kind: SECRET,
    doc: "Key of the pseudonyms (HMAC-SHA256) of client addresses, which are left out without one; `secret` when not set.",
    aliases: ["CERBERUS_SECRET_KEY"],
    names: ["secret_key"],
  },
  backendUrl: {
    default: null,
    kind: ADDRESS,
    doc: "Where that key is fetched at start (`/api/secret-key`) when none is set.",
    aliases: ["CERBERUS_BACKEND_URL"],
    names: ["backend_url"],
  },
  sampleRate: { default: 1, kind: number(0, 1), doc: "Share of requests that are streamed.", names: ["sample_rate"] },
  capture: {
    default: [],
    kind: PATHS,
    doc: "Paths that are streamed; all when empty.",
    names: ["capturePaths"],
  },
  skip: { default: [], kind: PATHS, doc: "Paths that are not.", names: ["excludePaths"] },
  headers: { default: [], kind: LOWER_LIST, doc: "Request headers that are sent, redacted; `*` for all." },
  query: { default: [], kind: LIST, doc: "Query fields that are sent, redacted; `*` for all." },
  body: { default: [], kind: LIST, doc: "Members of JSON request bodies that are sent, redacted; `*` for all." },
  responseBody: {
    default: false,
    kind: BOOLEAN,
    doc: "JSON answers are sent, redacted; of longer ones the first 24 KiB and the last 16 KiB.",
    names: ["response_body"],
  },
  sensitiveKeys: {
    default: [],
    kind: LIST,
    doc: "Key names whose value is replaced, beside those of `redact.keys`.",
    names: ["customSensitiveKeys"],
  },
  piiPatterns: {
    default: [],
    kind: {
      type: "code",
      allowed:
        'a list of { pattern, action: "redact" or "hash", applyTo: "keys", "values" or "both" } with regular expressions that repeat no repetition',
      parse: parsePiiPatterns,
      fromText: readJson,
    },
    doc: "Patterns of texts that are replaced: `{ pattern, action, applyTo }`.",
    names: ["customPiiPatterns"],
  },
  maxQueueEvents: {
    default: 10_000,
    kind: integer(1, 1_000_000),
    doc: "Events waiting in memory; the oldest go first.",
  },
  ackTimeoutMs: { default: 5_000, kind: integer(1, 600_000), doc: "How long an event waits for its answer." },
};

function parseWsUrl(value: unknown): string | null {
  if (value === null || value === "") return null;
  const text = typeof value === "string" ? value.trim() : "";
  if (/^(?:ws|http)s?:\/\//i.test(text) && URL.canParse(text)) return text.replace(/^http/i, "ws");
  throw new TypeError(`${JSON.stringify(value)} is no such address`);
}

function parsePiiPatterns(value: unknown): readonly PiiRule[] {
  const items: unknown[] = value === null ? [] : [value].flat();
  return Object.freeze(items.map((item) => parsePiiPattern(item)));
}

function parsePiiPattern(item: unknown): PiiRule {
  const given: Record<string, unknown> =
    typeof item === "object" && item !== null && !(item instanceof RegExp) ? { ...item } : { pattern: item };
  const { pattern, action = "redact", applyTo = given["apply_to"] ?? "values" } = given;
  if (!(pattern instanceof RegExp) && typeof pattern !== "string") throw new TypeError("an item has no pattern");
  if (action !== "redact" && action !== "hash") throw new TypeError(`the action ${JSON.stringify(action)} is unknown`);
  if (applyTo !== "keys" && applyTo !== "values" && applyTo !== "both") {
    throw new TypeError(`applyTo ${JSON.stringify(applyTo)} is unknown`);
  }
  try {
    createRedactor({ patterns: [pattern] });
  } catch (error) {
    throw error instanceof RedactionOptionError ? new TypeError(error.message.replace(/\.$/, "")) : error;
  }
  const { source, flags } = pattern instanceof RegExp ? pattern : { source: pattern, flags: "" };
  return { pattern: new RegExp(source, `${flags.replaceAll(/[gy]/g, "")}g`), action, applyTo };
}
