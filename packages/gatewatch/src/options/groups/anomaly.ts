import type { Exchange } from "../../gate/exchange.ts";
import {
  BOOLEAN,
  choice,
  type GroupSpec,
  integer,
  number,
  type OptionKind,
  SECRET,
  TEXT,
  ADDRESS,
} from "../option-kinds.ts";
import { functionKind, PATHS } from "../code-kinds.ts";
import { fromPrefixes } from "../values/from-prefixes.ts";
import { tryReadBoolean } from "../values/read-boolean.ts";

/** What `onAnomaly` is told. */
export interface RequestAnomaly {
  stream: string;
  /** The share of events at least this unusual. */
  pValue: number;
  /** One sentence. */
  why: string;
  findings: readonly { field: string; message: string; expected: string; seen: string }[];
  /** `request`: before the handler, by the request alone; `event`: at the end; `server`: the server's judgement. */
  phase: "request" | "event" | "server";
  /** Rare enough to refuse: p ≤ 0.0001 and a minimum of surprise, or the server says so. */
  block: boolean;
  /** Whether the request was answered with 403. */
  blocked: boolean;
  event: Readonly<Record<string, unknown>>;
}

export interface AnomalyOptions {
  /** @default false */
  enabled: boolean;
  /** Stream that requests belong to; null: `service`, or `default`. @default null */
  stream: string | null;
  /** Share of requests that are looked at, 0 to 1. @default 1 */
  sampleRate: number;
  /** Paths that are not looked at. @default [] */
  skip: readonly string[];
  /** Refuses requests that are rarer than 1 in 10,000; `shadow` only counts them. @default false */
  block: boolean | "shadow";
  /** Share of normal events that may be called anomalies: `sensitive` 0.01, `balanced` 0.001, `strict` 0.0001. @default "balanced" */
  profile: "sensitive" | "balanced" | "strict";
  /** Another share in the place of the profile's, 0.0001 to 0.1; null: the profile's. @default null */
  threshold: number | null;
  /** What the processes of an app have seen of a stream is shared by the server of `url`. @default true */
  share: boolean;
  /** Hears of each anomaly; null: a line in the local log. @default null */
  onAnomaly: ((anomaly: RequestAnomaly, exchange: Exchange | undefined) => unknown) | null;
  /** Hears of calls to the server that failed; null: counters alone. @default null */
  onError: ((error: unknown) => unknown) | null;
  /** Finished requests are judged by the server as well. @default false */
  remote: boolean;
  /** Base address of a detection server that speaks as Driftlock's; null: the Gatewatch server of `url`. @default null */
  url: string | null;
  /** Sent as `X-Api-Key` to such a server. @default null */
  apiKey: string | null;
  /** `false`: with `remote` and `block`, a request waits for the server's judgement, at most `deadlineMs`. @default true */
  background: boolean;
  /** @default 200 */
  deadlineMs: number;
  /** Streams kept in memory, those of `core.detect()` included. @default 24 */
  maxStreams: number;
}

const BLOCK: OptionKind = {
  type: "code",
  allowed: 'true, false, or "shadow"',
  parse: (value) => {
    if (typeof value === "boolean" || value === "shadow") return value;
    throw new TypeError(`it is ${JSON.stringify(value)}`);
  },
  fromText: (text) => {
    const word = text.trim().toLowerCase();
    return word === "" ? false : (tryReadBoolean(word) ?? word);
  },
};

export const ANOMALY_SPEC: GroupSpec<AnomalyOptions> = {
  enabled: { default: false, kind: BOOLEAN, doc: "The anomaly layer." },
  stream: {
    default: null,
    kind: TEXT,
    doc: "Stream that requests belong to; `service`, or `default`, when not set.",
    names: ["streamId", "STREAM_ID"],
  },
  sampleRate: { default: 1, kind: number(0, 1), doc: "Share of requests that are looked at." },
  skip: {
    default: [],
    kind: PATHS,
    doc: "Paths that are not looked at.",
    names: [
      { name: "excludePaths", convert: fromPrefixes },
      { name: "EXCLUDE_PATHS", convert: fromPrefixes },
    ],
  },
  block: {
    default: false,
    kind: BLOCK,
    doc: "Requests that by themselves are rarer than 1 in 10,000 are answered with 403; `shadow` only counts them.",
    names: ["blockAnomalies"],
  },
  profile: {
    default: "balanced",
    kind: choice("sensitive", "balanced", "strict"),
    doc: "Share of normal events that may be called anomalies: `sensitive` 0.01, `balanced` 0.001, `strict` 0.0001.",
  },
  threshold: {
    default: null,
    kind: number(0.0001, 0.1),
    doc: "Another share in the place of the profile's.",
  },
  share: {
    default: true,
    kind: BOOLEAN,
    doc: "With `url` and `token`, what all processes have seen of a stream is shared by the server.",
  },
  onAnomaly: {
    default: null,
    kind: functionKind("(anomaly, exchange) => void"),
    doc: "Hears of each anomaly; a line in the local log when not set.",
  },
  onError: {
    default: null,
    kind: functionKind("(error) => void"),
    doc: "Hears of calls to the server that failed.",
  },
  remote: { default: false, kind: BOOLEAN, doc: "Finished requests are judged by the server as well." },
  url: {
    default: null,
    kind: ADDRESS,
    doc: "Base address of a detection server that speaks as Driftlock's; the Gatewatch server of `url` when not set.",
    names: ["baseUrl", "BASE_URL"],
  },
  apiKey: { default: null, kind: SECRET, doc: "Sent as `X-Api-Key` to such a server.", names: ["API_KEY"] },
  background: {
    default: true,
    kind: BOOLEAN,
    doc: "`false`: with `remote` and `block`, a request waits for the server's judgement, at most `deadlineMs`.",
    names: ["asyncMode", "ASYNC_MODE"],
  },
  deadlineMs: {
    default: 200,
    kind: integer(1, 60_000),
    doc: "What a request, or `core.detectRemotely()`, waits for the server; then it goes on.",
  },
  maxStreams: {
    default: 24,
    kind: integer(1, 10_000),
    doc: "Streams kept in memory, those of `core.detect()` included; at most 2 MB each.",
  },
};
