import { checkPathPattern } from "../../gate/path-pattern.ts";
import { PATHS } from "../code-kinds.ts";
import { BOOLEAN, choice, type GroupSpec, integer, LIST, number, type OptionKind, TEXT } from "../option-kinds.ts";
import { suggestName } from "../suggest-name.ts";
import { readJson } from "../values/read-json.ts";

/** How answers below a path are kept whose app says nothing about caching; a number is the time to live alone. */
export interface CacheRouteOptions {
  /** How long they are fresh (ms). */
  ttlMs: number;
  /** How long after that they may be used while one request renews them (ms). @default 0 */
  staleWhileRevalidateMs?: number;
  /** Requests with cookies get them too, and fill them. @default false */
  ignoreCookies?: boolean;
}

export interface CacheOptions {
  /** @default false */
  enabled: boolean;
  /** Where answers are kept; `redis` shares them between processes. @default "memory" */
  store: "memory" | "redis";
  /** Times to live (ms) by path for answers whose app says nothing about caching. @default null */
  routes: Readonly<Record<string, CacheRouteOptions | number>> | null;
  /** Paths that are neither looked up nor kept. @default [] */
  skip: readonly string[];
  /** Bytes kept in memory. @default 67108864 */
  maxBytes: number;
  /** Answers kept in memory. @default 10000 */
  maxEntries: number;
  /** Longer bodies are not kept. @default 1048576 */
  maxEntryBytes: number;
  /** Variants of one resource. @default 32 */
  maxVariants: number;
  /** Request headers that tell answers apart although the app does not say so in `Vary`. @default [] */
  keyHeaders: readonly string[];
  /** Telephones and computers get answers of their own. @default false */
  byDevice: boolean;
  /** Share of the time since `Last-Modified` for which an answer is fresh that says nothing else; 0: none. @default 0.1 */
  heuristicFraction: number;
  /** At most so long (ms). @default 3600000 */
  maxHeuristicMs: number;
  /** How long a stale answer may stand in for an error where the app does not say `stale-if-error` (ms). @default 0 */
  staleIfErrorMs: number;
  /** `Set-Cookie` is kept and handed to everybody where the answer says `public`. @default false */
  storeSetCookie: boolean;
  /** Whether a request's own `Cache-Control` (reloads) is heeded. @default true */
  heedRequests: boolean;
  /** How long a request may wait for another one that fetches the same (ms); 0: none waits. @default 5000 */
  waitMs: number;
  /** Answers from the store carry `X-Cache-TTL`. @default false */
  ttlHeader: boolean;
  /** Names this cache in `Cache-Status`. @default "gatewatch" */
  name: string;
  /** Begins the keys in Redis. @default "gatewatch:cache:" */
  redisPrefix: string;
  /** How long a request waits for Redis before it goes on without (ms). @default 50 */
  redisTimeoutMs: number;
}

const MAX_TTL_MS = 30 * 24 * 3_600_000;
const ROUTE_KEYS = ["ttlMs", "staleWhileRevalidateMs", "ignoreCookies"] as const;

const ROUTES: OptionKind = {
  type: "code",
  allowed: 'an object such as { "/health": 60000, "/api/products*": { ttlMs: 60000 } }',
  parse: parseRoutes,
  fromText: readJson,
};

export const CACHE_SPEC: GroupSpec<CacheOptions> = {
  enabled: { default: false, kind: BOOLEAN, doc: "The cache layer." },
  store: {
    default: "memory",
    kind: choice("memory", "redis"),
    doc: "Where answers are kept; `redis` shares them between processes and needs the option `redis`.",
  },
  routes: {
    default: null,
    kind: ROUTES,
    doc: "Times to live (ms, or `{ ttlMs, staleWhileRevalidateMs, ignoreCookies }`) by path for answers whose app says nothing about caching.",
  },
  skip: {
    default: [],
    kind: PATHS,
    doc: "Paths that are neither looked up nor kept.",
  },
  maxBytes: { default: 67_108_864, kind: integer(65_536, 68_719_476_736), doc: "Bytes kept in memory." },
  maxEntries: { default: 10_000, kind: integer(1, 10_000_000), doc: "Answers kept in memory." },
  maxEntryBytes: { default: 1_048_576, kind: integer(1, 1_073_741_824), doc: "Longer bodies are not kept." },
  maxVariants: { default: 32, kind: integer(1, 1000), doc: "Variants of one resource." },
  keyHeaders: {
    default: [],
    kind: LIST,
    doc: "Request headers that tell answers apart although the app does not say so in `Vary`.",
  },
  byDevice: { default: false, kind: BOOLEAN, doc: "Telephones and computers get answers of their own." },
  heuristicFraction: {
    default: 0.1,
    kind: number(0, 1),
    doc: "Share of the time since `Last-Modified` for which an answer is fresh that says nothing else; 0: none.",
  },
  maxHeuristicMs: { default: 3_600_000, kind: integer(0, MAX_TTL_MS), doc: "At most so long is such an answer fresh." },
  staleIfErrorMs: {
    default: 0,
    kind: integer(0, MAX_TTL_MS),
    doc: "How long a stale answer may stand in for an error where the app does not say `stale-if-error`.",
  },
  storeSetCookie: {
    default: false,
    kind: BOOLEAN,
    doc: "`Set-Cookie` is kept and handed to everybody where the answer says `public`.",
  },
  heedRequests: { default: true, kind: BOOLEAN, doc: "A request's own `Cache-Control` (a reload) is heeded." },
  waitMs: {
    default: 5000,
    kind: integer(0, 600_000),
    doc: "How long a request may wait for another one that fetches the same; 0: none waits.",
  },
  ttlHeader: { default: false, kind: BOOLEAN, doc: "Answers from the store carry `X-Cache-TTL` (seconds)." },
  name: { default: "gatewatch", kind: TEXT, doc: "Names this cache in `Cache-Status`." },
  redisPrefix: { default: "gatewatch:cache:", kind: TEXT, doc: "Begins the keys in Redis." },
  redisTimeoutMs: {
    default: 50,
    kind: integer(1, 60_000),
    doc: "How long a request waits for Redis before it goes on without.",
  },
};

function parseRoutes(value: unknown): CacheOptions["routes"] {
  if (value === null) return null;
  if (typeof value !== "object" || Array.isArray(value)) throw new TypeError(`${typeof value} is no table of paths`);
  const routes: Record<string, CacheRouteOptions> = {};
  for (const [pattern, rule] of Object.entries(value)) routes[checkPathPattern(pattern)] = parseRule(pattern, rule);
  return Object.freeze(routes);
}

function parseRule(pattern: string, rule: unknown): CacheRouteOptions {
  if (typeof rule === "number") return parseRule(pattern, { ttlMs: rule });
  if (typeof rule !== "object" || rule === null)
    throw new TypeError(`${pattern} needs a number of ms, or an object with ttlMs`);
  for (const key of Object.keys(rule)) {
    if ((ROUTE_KEYS as readonly string[]).includes(key)) continue;
    const near = suggestName(key, ROUTE_KEYS);
    throw new TypeError(`${pattern}: ${key} is not known${near === undefined ? "" : `; did you mean ${near}?`}`);
  }
  const { ttlMs, staleWhileRevalidateMs = 0, ignoreCookies = false } = rule as Record<string, unknown>;
  if (!isDuration(ttlMs) || ttlMs === 0)
    throw new TypeError(`${pattern}: ttlMs is ${String(ttlMs)}, not a number of ms`);
  if (!isDuration(staleWhileRevalidateMs))
    throw new TypeError(`${pattern}: staleWhileRevalidateMs is not a number of ms`);
  if (typeof ignoreCookies !== "boolean") throw new TypeError(`${pattern}: ignoreCookies is not true or false`);
  return Object.freeze({ ttlMs, staleWhileRevalidateMs, ignoreCookies });
}

function isDuration(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= MAX_TTL_MS;
}
