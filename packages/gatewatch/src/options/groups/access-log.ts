import { LINE_LEVELS, parseLevels, type LevelTable } from "../values/level-of-status.ts";
import { ADDRESS_POLICY, BOOLEAN, choice, type GroupSpec, integer, number } from "../option-kinds.ts";
import type { AddressPolicy } from "../options.ts";
import { listKind, PATHS, tristateKind } from "../code-kinds.ts";
import { parseHeaderName } from "../values/header-name.ts";
import { readJson } from "../values/read-json.ts";

export interface AccessLogOptions {
  /** @default true */
  enabled: boolean;
  /** One line per finished request. @default true */
  requests: boolean;
  /** Whether that line tells of the answer: `false` writes it when the request arrives; `true` without `requests` tells of the answer only. @default null (as `requests`) */
  responses: boolean | null;
  /** One line per exception, at error level, with its stack. @default true */
  errors: boolean;
  /** `text`: `<message> | Client IP: … | Method: …`; `auto`: as `pretty` says. Without effect with `logger`. @default "auto" */
  format: "auto" | "json" | "pretty" | "text";
  /** Lines for people instead of JSON: `auto` on a terminal. @default "auto" */
  pretty: "auto" | "always" | "never";
  /** `full`: also path, query, headers, user agent, lengths, type, host and user. @default "short" */
  fields: "short" | "full";
  /** Request headers that lines show, redacted; `*` for all. @default [] */
  headers: readonly string[];
  /** Further headers whose value is `[REDACTED]` in lines. @default [] */
  sensitiveHeaders: readonly string[];
  /** Share of requests that have a line, 0 to 1; slow and failed ones always do. @default 1 */
  sampleRate: number;
  /** Only slow and failed requests have a line. @default false */
  slowOnly: boolean;
  /** Paths without lines. @default [] */
  skip: readonly string[];
  /** Lines show request bodies, redacted; needs `capture.body`. @default false */
  body: boolean;
  /** Longer bodies are replaced by `[Body too large: n bytes]` in lines. @default 1000 */
  maxBodyBytes: number;
  /** Levels by status or class (`{ "404": "info", "5xx": "fatal" }`); `silent` leaves the line out. @default null */
  levels: LevelTable | null;
  /** What the local log shows of client addresses; `hash` shows nothing without a secret. @default "hash" */
  clientAddress: AddressPolicy;
}

export const ACCESS_LOG_SPEC: GroupSpec<AccessLogOptions> = {
  enabled: { default: true, kind: BOOLEAN, doc: "The access-log layer." },
  requests: { default: true, kind: BOOLEAN, doc: "One line per finished request.", names: ["log_requests"] },
  responses: {
    default: null,
    kind: tristateKind("as `requests`"),
    doc: "Whether that line tells of the answer: `false` writes it when the request arrives, `true` without `requests` tells of the answer only; as `requests` when not set.",
    names: ["log_responses"],
  },
  errors: {
    default: true,
    kind: BOOLEAN,
    doc: "One line per exception, at error level, with its stack.",
    names: ["log_errors"],
  },
  format: {
    default: "auto",
    kind: choice("auto", "json", "pretty", "text"),
    doc: "`text`: `<message> | Client IP: … | Method: … | User-Agent: … | Timestamp: … | User ID: … | Username: …`; `auto`: as `pretty` says. Without effect where a `logger` is given.",
  },
  pretty: {
    default: "auto",
    kind: choice("auto", "always", "never"),
    doc: "Lines for people instead of JSON; `auto`: on a terminal.",
  },
  fields: {
    default: "short",
    kind: choice("short", "full"),
    doc: "`full`: lines of requests also show path, query, headers, user agent, lengths, type, host and user, as far as `capture` allows.",
  },
  headers: {
    default: [],
    kind: listKind("a list of names of headers, or `*`", (item) => (item === "*" ? "*" : parseHeaderName(item))),
    doc: "Request headers that lines show, redacted; `*` for all.",
  },
  sensitiveHeaders: {
    default: [],
    kind: listKind("a list of names of headers", parseHeaderName),
    doc: "Headers whose value is `[REDACTED]` in lines, beside those that always are (`authorization`, `cookie`, `x-api-key` and about seventy more).",
    names: ["sensitive_headers"],
  },
  sampleRate: {
    default: 1,
    kind: number(0, 1),
    doc: "Share of requests that have a line; slow ones, those with a status of 500 or above, or with an exception, always do.",
  },
  slowOnly: { default: false, kind: BOOLEAN, doc: "Only slow and failed requests have a line." },
  skip: {
    default: [],
    kind: PATHS,
    doc: "Paths without lines; exceptions have theirs all the same.",
  },
  body: { default: false, kind: BOOLEAN, doc: "Lines show request bodies, redacted; needs `capture.body`." },
  maxBodyBytes: {
    default: 1000,
    kind: integer(0, 65_536),
    doc: "Longer bodies are replaced by `[Body too large: n bytes]` in lines.",
  },
  levels: {
    default: null,
    kind: {
      type: "code",
      allowed: `an object such as { "404": "info", "5xx": "fatal", "aborted": "info" } with levels ${LINE_LEVELS.join(", ")}`,
      parse: parseLevels,
      fromText: readJson,
    },
    doc: "Levels by status, class (`4xx`) or `aborted`; `silent` leaves the line out. Without it: 5xx `error`, 4xx and aborted `warn`, the rest `info`.",
  },
  clientAddress: {
    default: "hash",
    kind: ADDRESS_POLICY,
    doc: "What the local log shows of client addresses.",
  },
};
