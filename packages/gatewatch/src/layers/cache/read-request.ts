import type { Exchange } from "../../gate/exchange.ts";
import { type Directives, NO_DIRECTIVES, parseCacheControl, readSeconds } from "./parse-cache-control.ts";

/** What a request says that bears on its answer's use and reuse. */
export interface RequestFacts {
  readonly isHead: boolean;
  /** It names its user: what is made for it is made for nobody else. */
  readonly hasCredentials: boolean;
  readonly hasCookies: boolean;
  readonly hasRange: boolean;
  readonly noStore: boolean;
  /** It wants an answer that the app has confirmed. */
  readonly noCache: boolean;
  readonly onlyIfCached: boolean;
  /** Undefined where the request sets no bound. */
  readonly maxAgeMs: number | undefined;
  readonly minFreshMs: number;
  /** How stale an answer it takes. */
  readonly maxStaleMs: number;
}

/** Headers that prove who asks, beside `Cookie`: the client's own, and what proxies write that sign in for the app. */
const CREDENTIAL_HEADERS = [
  "authorization",
  "proxy-authorization",
  "x-api-key",
  "api-key",
  "x-auth-token",
  "x-access-token",
  "x-session-token",
  "private-token",
  "remote-user",
  "x-remote-user",
  "x-forwarded-user",
  "x-forwarded-email",
  "x-forwarded-access-token",
  "x-auth-request-user",
  "x-auth-request-email",
  "x-auth-request-access-token",
  "x-authenticated-user",
  "cf-access-jwt-assertion",
  "x-goog-iap-jwt-assertion",
  "x-amzn-oidc-data",
  "x-amzn-oidc-accesstoken",
  "x-ms-client-principal",
  "client-cert",
  "x-ssl-client-cert",
  "x-arr-clientcert",
  "x-amzn-mtls-clientcert",
];

/** `heeds` is false where a request's own wishes about caching are not listened to. */
export function readRequest(x: Exchange, heeds: boolean): RequestFacts {
  const { method, headers } = x;
  const directives = heeds ? readDirectives(headers) : NO_DIRECTIVES;
  const maxAge = readSeconds(directives, "max-age");
  const maxStale = directives.values("max-stale");
  return {
    isHead: method === "HEAD",
    hasCredentials: namesUser(headers) || x.user() !== undefined,
    hasCookies: headers.get("cookie") !== undefined,
    hasRange: headers.get("range") !== undefined,
    noStore: directives.has("no-store"),
    noCache: directives.has("no-cache") || maxAge === 0,
    onlyIfCached: directives.has("only-if-cached"),
    maxAgeMs: maxAge === undefined ? undefined : maxAge * 1000,
    minFreshMs: (readSeconds(directives, "min-fresh") ?? 0) * 1000,
    // Without a value any staleness will do.
    maxStaleMs: maxStale?.every((value) => value === "")
      ? Infinity
      : (readSeconds(directives, "max-stale") ?? 0) * 1000,
  };
}

function namesUser(headers: Exchange["headers"]): boolean {
  for (let index = 0; index < CREDENTIAL_HEADERS.length; index++) {
    if (headers.get(CREDENTIAL_HEADERS[index]!) !== undefined) return true;
  }
  return false;
}

function readDirectives(headers: Exchange["headers"]): Directives {
  const field = headers.get("cache-control");
  if (field !== undefined) return parseCacheControl(field);
  // RFC 9111, section 5.4: what clients of HTTP/1.0 say instead.
  return headers.get("pragma")?.toLowerCase().includes("no-cache") ? parseCacheControl("no-cache") : NO_DIRECTIVES;
}
