import type { Exchange } from "../../gate/exchange.ts";
import { listKind, PATHS } from "../code-kinds.ts";
import { BOOLEAN, choice, type GroupSpec, integer, number, TEXT } from "../option-kinds.ts";
import { readJson } from "../values/read-json.ts";
import { splitList } from "../values/split-list.ts";
import {
  LIMIT_ALGORITHMS,
  LIMIT_KEYS,
  MAX_LIMIT,
  MAX_WINDOW_MS,
  nameKind,
  parseAddressBlock,
  parseKey,
  parseMessage,
  parseMethod,
  parseRoutes,
  parseStatus,
  parseText,
  wholeKind,
} from "./parse-rate-limit.ts";

export type LimitAlgorithm = (typeof LIMIT_ALGORITHMS)[number];
/** Whose requests are counted together; undefined falls back to the address. */
export type LimitKey =
  | (typeof LIMIT_KEYS)[number]
  | ((x: Exchange) => string | undefined | Promise<string | undefined>);
export type LimitOf = number | ((x: Exchange) => number);
export type LimitSkip = readonly string[] | ((x: Exchange) => boolean);

/** What a refused client is told about. */
export interface Refusal {
  status: number;
  limit: number;
  windowMs: number;
  retryAfterSeconds: number;
  /** Name of the limit: `default`, a group, or a route. */
  policy: string;
  key: string;
}

/** A text, an object that becomes JSON, or a function that makes either. */
export type LimitMessage = string | object | ((x: Exchange, refusal: Refusal) => string | object);

/** What one route has of its own; the rest is as for all. */
export interface RouteLimit {
  limit?: LimitOf;
  windowMs?: number;
  algorithm?: LimitAlgorithm;
  burst?: number | null;
  key?: LimitKey;
  cost?: LimitOf;
  /** Routes of one group share one counter. */
  group?: string;
}

export interface RateLimitOptions {
  /** @default false */
  enabled: boolean;
  /** Units per window: a number, or a function of the exchange. @default 100 */
  limit: LimitOf;
  /** @default 60000 */
  windowMs: number;
  /** How it is counted. @default "sliding-window" */
  algorithm: LimitAlgorithm;
  /** Units that a full token bucket holds; null: as many as the limit. @default null */
  burst: number | null;
  /** Whose requests are counted together: `address`, `user`, `token` (digest of Authorization) or a function. @default "address" */
  key: LimitKey;
  /** IPv6 addresses that share this many first bits count as one. @default 56 */
  ipv6Prefix: number;
  /** Name of the counter of everything that no route has of its own. @default "default" */
  group: string;
  /** Units that a request takes: a number, or a function of the exchange. @default 1 */
  cost: LimitOf;
  /** `routes`: only the routes that are listed are limited. @default "all" */
  scope: "all" | "routes";
  /** Paths that are never counted; or a function. @default [] */
  skip: LimitSkip;
  /** Methods that are counted; none named: all. @default [] */
  methods: readonly string[];
  /** Limits of their own by route (`POST /login`, `/api/*`, `/users/:id`); a number is a limit, `false`: not limited. @default null */
  routes: Readonly<Record<string, RouteLimit | number | false>> | null;
  /** Addresses and blocks that are never limited. @default [] */
  allow: readonly string[];
  /** Addresses and blocks that are answered 403. @default [] */
  deny: readonly string[];
  /** Keys that are always refused. @default [] */
  blocked: readonly string[];
  /** Everything is counted, nothing refused. @default false */
  dryRun: boolean;
  /** Where is counted; `redis` takes the client given as `redis`. @default "memory" */
  store: "memory" | "redis";
  /** Keys in memory, per algorithm. @default 100000 */
  maxKeys: number;
  /** Begins every key in Redis. @default "gatewatch:limit:" */
  redisPrefix: string;
  /** No request waits longer for Redis. @default 50 */
  redisTimeoutMs: number;
  /** While Redis is away: `local` counts in this process, `open` lets pass, `closed` answers 503. @default "local" */
  failMode: "local" | "open" | "closed";
  /** Part of each limit that this process grants by itself while Redis is away. @default 1 */
  localShare: number;
  /** Statuses of answers that cost `penalty` units more (`401`, `4xx`). @default [] */
  penaltyOn: readonly string[];
  /** @default 1 */
  penalty: number;
  /** Statuses of answers whose cost is given back (`2xx`). @default [] */
  rewardOn: readonly string[];
  /** Response headers: `RateLimit` and `RateLimit-Policy`, `X-RateLimit-*`, or both. @default "both" */
  headers: "draft" | "legacy" | "both" | "none";
  /** Status of refusals. @default 429 */
  status: number;
  /** Body of refusals instead of our JSON. @default null */
  message: LimitMessage | null;
  /** Refusals are `application/problem+json` also for clients that do not ask for it. @default false */
  problemJson: boolean;
}

export const RATE_LIMIT_SPEC: GroupSpec<RateLimitOptions> = {
  enabled: { default: false, kind: BOOLEAN, doc: "The rate-limit layer." },
  limit: {
    default: 100,
    kind: wholeKind("a whole number from 0 to 1000000000, or a function (exchange) => number", 0, MAX_LIMIT),
    doc: "Units per window; 0 refuses everything.",
  },
  windowMs: { default: 60_000, kind: integer(10, MAX_WINDOW_MS), doc: "The window." },
  algorithm: {
    default: "sliding-window",
    kind: choice(...LIMIT_ALGORITHMS),
    doc: "`sliding-window`: at most the limit in any window, in steps of a twentieth; `fixed-window`: at most twice the limit around an edge; `sliding-log`: exact, keeps every hit; `token-bucket`: burst plus rate (GCRA).",
  },
  burst: {
    default: null,
    kind: wholeKind("a whole number from 1, or null", 1, MAX_LIMIT, { orNull: true }),
    doc: "Units that a full token bucket holds; as many as the limit when not set.",
  },
  key: {
    default: "address",
    kind: {
      type: "code",
      allowed: `${LIMIT_KEYS.join(", ")}, or a function (exchange) => text`,
      parse: parseKey,
      fromText: (text) => text.trim(),
    },
    doc: "Whose requests are counted together; `token` is the digest of the Authorization header; without a user or a token it is the address.",
  },
  ipv6Prefix: {
    default: 56,
    kind: integer(32, 128),
    doc: "IPv6 addresses that share this many first bits count as one.",
  },
  group: {
    default: "default",
    kind: nameKind(),
    doc: "Name of the counter of everything that no route has of its own.",
  },
  cost: {
    default: 1,
    kind: wholeKind("a whole number from 0, or a function (exchange) => number", 0, MAX_LIMIT),
    doc: "Units that a request takes; 0 is not counted.",
  },
  scope: { default: "all", kind: choice("all", "routes"), doc: "`routes`: only the listed routes are limited." },
  skip: {
    default: [],
    kind: {
      type: "code",
      allowed: `${PATHS.allowed}, or a function (exchange) => boolean`,
      parse: (value) => (typeof value === "function" ? value : PATHS.parse(value)),
      fromText: splitList,
    },
    doc: "Paths that are never counted.",
  },
  methods: {
    default: [],
    kind: listKind("a list of methods", parseMethod),
    doc: "Methods that are counted; none named: all. Preflights never are.",
  },
  routes: {
    default: null,
    kind: {
      type: "code",
      allowed: "a table of route (`POST /login`, `/api/*`, `/users/:id`) to limits, or null",
      parse: parseRoutes,
      fromText: readJson,
    },
    doc: "Limits of their own by route; `false`: not limited. In the environment as JSON.",
  },
  allow: {
    default: [],
    kind: listKind("a list of addresses and CIDR blocks", parseAddressBlock),
    doc: "Addresses that are never limited.",
  },
  deny: {
    default: [],
    kind: listKind("a list of addresses and CIDR blocks", parseAddressBlock),
    doc: "Addresses that are answered 403.",
  },
  blocked: { default: [], kind: listKind("a list of keys", parseText), doc: "Keys that are always refused." },
  dryRun: { default: false, kind: BOOLEAN, doc: "Everything is counted, nothing refused." },
  store: {
    default: "memory",
    kind: choice("memory", "redis"),
    doc: "Where is counted; `redis` takes the client given as `redis`.",
  },
  maxKeys: { default: 100_000, kind: integer(100, 10_000_000), doc: "Keys in memory, per algorithm." },
  redisPrefix: { default: "gatewatch:limit:", kind: TEXT, doc: "Begins every key in Redis." },
  redisTimeoutMs: { default: 50, kind: integer(1, 10_000), doc: "No request waits longer for Redis." },
  failMode: {
    default: "local",
    kind: choice("local", "open", "closed"),
    doc: "While Redis is away: `local` counts in this process, `open` lets pass, `closed` answers 503.",
  },
  localShare: {
    default: 1,
    kind: number(0.001, 1),
    doc: "Part of each limit that this process grants by itself while Redis is away; 1 divided by the number of processes keeps the sum.",
  },
  penaltyOn: {
    default: [],
    kind: listKind("a list of statuses such as 401 or 4xx", parseStatus),
    doc: "Statuses of answers that cost `penalty` units more.",
  },
  penalty: { default: 1, kind: integer(1, 1_000_000), doc: "Units of a penalty." },
  rewardOn: {
    default: [],
    kind: listKind("a list of statuses such as 200 or 2xx", parseStatus),
    doc: "Statuses of answers whose cost is given back, such as `2xx` for logins.",
  },
  headers: {
    default: "both",
    kind: choice("draft", "legacy", "both", "none"),
    doc: "`draft`: `RateLimit` and `RateLimit-Policy`; `legacy`: `X-RateLimit-Limit`, `-Remaining` and `-Reset` (epoch seconds).",
  },
  status: { default: 429, kind: integer(400, 599), doc: "Status of refusals." },
  message: {
    default: null,
    kind: {
      type: "code",
      allowed: "a text, an object that becomes JSON, a function (exchange, refusal) => either, or null",
      parse: parseMessage,
      fromText: (text) => (text === "" ? null : text),
    },
    doc: "Body of refusals instead of our JSON.",
  },
  problemJson: {
    default: false,
    kind: BOOLEAN,
    doc: "Refusals are `application/problem+json` also for clients that do not ask for it.",
  },
};
