import type { CacheRouteOptions } from "../../options/groups/cache.ts";
import { readFieldNames, readSeconds } from "./parse-cache-control.ts";
import type { Freshness } from "./judge-freshness.ts";
import type { RequestFacts } from "./read-request.ts";
import type { ResponseFacts } from "./read-response.ts";
import { TRAITS } from "./traits.ts";

/** Why a response is not stored; shown as `detail` in `Cache-Status`. */
export type NotStored =
  | "no-store"
  | "private"
  | "request-no-store"
  | "authorization"
  | "user"
  | "cookie"
  | "set-cookie"
  | "vary"
  | "status"
  | "partial"
  | "nonce"
  | "no-freshness"
  | "stream"
  | "too-large";

export interface Storing {
  freshMs: number;
  staleWhileRevalidateMs: number;
  staleIfErrorMs: number;
  traits: number;
  /** Names that select it, in lower case. */
  vary: readonly string[];
  /** Fields that are left out, in lower case. */
  withheld: readonly string[];
  /** Its time to live comes from its path. */
  isRuled: boolean;
}

export interface StoringRules {
  /** `Set-Cookie` may be stored where the answer says `public`. */
  storesCookies: boolean;
  /** For apps that do not say it themselves. */
  staleIfErrorMs: number;
  /** Names in `Vary` that do not select here, since a further layer sees to them. */
  isIgnoredVary: (name: string) => boolean;
}

/** Final statuses with a meaning that this cache knows (RFC 9111, section 5.2.2.3). */
const UNDERSTOOD = new Set([
  200, 203, 204, 300, 301, 302, 303, 307, 308, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413,
  414, 415, 416, 417, 421, 422, 425, 426, 428, 429, 431, 451, 500, 501, 502, 503, 504, 505, 506, 507, 508, 511,
]);
/** Statuses to which a path's time to live applies. */
const RULED_STATUSES = new Set([200, 203, 204, 300, 301, 308, 404, 410]);
const MAX_VARY_NAMES = 16;
/** Handlers set their headers first and fail later: a 5xx is kept no longer, whatever it says. */
const MAX_ERROR_MS = 10_000;

/** RFC 9111, section 3: whether a response to a GET may be kept for others, and for how long. */
export function decideStoring(
  request: RequestFacts,
  isUserKnown: boolean,
  response: ResponseFacts,
  freshness: Freshness,
  rule: CacheRouteOptions | undefined,
  rules: StoringRules,
): Storing | NotStored {
  const { status, directives } = response;
  if (request.noStore) return "request-no-store";
  if (status === 206 || status === 304) return "partial";
  if (status < 200) return "status";
  const mustUnderstand = directives.has("must-understand");
  if (mustUnderstand && !UNDERSTOOD.has(status)) return "status";
  if (directives.has("no-store") && !mustUnderstand) return "no-store";
  const privateFields = readFieldNames(directives, "private");
  if (directives.has("private") && privateFields === undefined) return "private";
  const isPublic = directives.has("public");
  const isShared = isPublic || directives.has("s-maxage");
  const isAnyUser = isShared || directives.has("must-revalidate");
  if (request.hasCredentials && !isAnyUser) return "authorization";
  const vary = readVary(response);
  if (vary === undefined) return "vary";
  if (isUserKnown && !isAnyUser && !vary.includes("cookie")) return "user";
  const isRuled = rule !== undefined && !speaksForItself(response) && RULED_STATUSES.has(status);
  const anyCookies = isRuled && rule.ignoreCookies === true;
  if (request.hasCookies && !isShared && !anyCookies && !vary.includes("cookie")) return "cookie";
  if (response.get("set-cookie") !== undefined && !(rules.storesCookies && isPublic)) return "set-cookie";
  if (hasNonce(response)) return "nonce";
  const ownMs = isRuled ? rule.ttlMs : freshness.freshMs;
  const freshMs = status >= 500 ? Math.min(ownMs, MAX_ERROR_MS) : ownMs;
  const hasValidator = response.get("etag") !== undefined || response.get("last-modified") !== undefined;
  const noCacheFields = readFieldNames(directives, "no-cache");
  const noCache = directives.has("no-cache") && noCacheFields === undefined;
  if ((freshMs === 0 || noCache) && !hasValidator) return "no-freshness";
  const isExplicit = freshness.isExplicit || isPublic;
  let traits = 0;
  if (isAnyUser) traits |= TRAITS.anyUser;
  if (isExplicit) traits |= TRAITS.explicit;
  if (anyCookies) traits |= TRAITS.anyCookies;
  if (directives.has("must-revalidate") || directives.has("proxy-revalidate")) traits |= TRAITS.mustRevalidate;
  if (noCache) traits |= TRAITS.noCache;
  if (directives.has("immutable")) traits |= TRAITS.immutable;
  const isFirm = directives.has("s-maxage");
  return {
    freshMs,
    staleWhileRevalidateMs:
      (readSeconds(directives, "stale-while-revalidate") ?? 0) * 1000 ||
      (isRuled ? (rule.staleWhileRevalidateMs ?? 0) : 0),
    staleIfErrorMs: (readSeconds(directives, "stale-if-error") ?? 0) * 1000 || (isFirm ? 0 : rules.staleIfErrorMs),
    traits,
    vary: vary.filter((name) => !rules.isIgnoredVary(name)),
    withheld: [...(privateFields ?? []), ...(noCacheFields ?? [])],
    isRuled,
  };
}

/** Undefined for `*`, and for lists that are too long to select by. */
function readVary(response: ResponseFacts): readonly string[] | undefined {
  const field = response.get("vary");
  if (field === undefined) return [];
  const names = new Set<string>();
  for (const item of field.split(",")) {
    const name = item.trim().toLowerCase();
    if (name === "*") return undefined;
    if (name !== "") names.add(name);
  }
  return names.size > MAX_VARY_NAMES ? undefined : [...names].toSorted();
}

function speaksForItself(response: ResponseFacts): boolean {
  return (
    response.isTargeted ||
    response.get("cache-control") !== undefined ||
    response.get("expires") !== undefined ||
    response.get("pragma") !== undefined
  );
}

/** A nonce that is used twice protects nobody. */
function hasNonce(response: ResponseFacts): boolean {
  const policies = [response.get("content-security-policy"), response.get("content-security-policy-report-only")];
  return policies.some((policy) => policy !== undefined && policy.includes("'nonce-"));
}
