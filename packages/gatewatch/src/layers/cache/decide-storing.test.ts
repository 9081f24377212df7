import { describe, expect, it } from "vitest";
import { decideStoring, type Storing } from "./decide-storing.ts";
import { judgeFreshness } from "./judge-freshness.ts";
import type { RequestFacts } from "./read-request.ts";
import { readResponse } from "./read-response.ts";
import { TRAITS } from "./traits.ts";

const NOW = Date.UTC(2026, 10, 20, 12, 0, 0);
const GET: RequestFacts = {
  isHead: false,
  hasCredentials: false,
  hasCookies: false,
  hasRange: false,
  noStore: false,
  noCache: false,
  onlyIfCached: false,
  maxAgeMs: undefined,
  minFreshMs: 0,
  maxStaleMs: 0,
};
const LOGGED_IN = { ...GET, hasCredentials: true };
const COOKIE = { ...GET, hasCookies: true };
const RULE = { ttlMs: 60_000, staleWhileRevalidateMs: 0, ignoreCookies: false };

type Lines = [string, string | string[]][];

interface Case {
  request?: RequestFacts;
  status?: number;
  lines?: Lines;
  user?: boolean;
  rule?: typeof RULE;
  storesCookies?: boolean;
}

function decide({
  request = GET,
  status = 200,
  lines = [],
  user = false,
  rule,
  storesCookies = false,
}: Case): ReturnType<typeof decideStoring> {
  const response = readResponse(status, lines);
  const times = { requestedMs: NOW, receivedMs: NOW, heuristicFraction: 0.1, maxHeuristicMs: 3_600_000 };
  const rules = { storesCookies, staleIfErrorMs: 0, isIgnoredVary: () => false };
  return decideStoring(request, user, response, judgeFreshness(response, times), rule, rules);
}

const cc = (value: string, ...more: Lines): Lines => [["Cache-Control", value], ...more];

describe("what is not stored, RFC 9111 section 3", () => {
  it.each<[string, Case, string]>([
    ["no-store", { lines: cc("no-store, max-age=60") }, "no-store"],
    ["No-StOrE", { lines: cc("No-StOrE") }, "no-store"],
    ["no-store with an argument", { lines: cc('no-store="x", max-age=60') }, "no-store"],
    ["private", { lines: cc("private, max-age=60") }, "private"],
    ["private with nonsense behind it", { lines: cc("private x, max-age=60") }, "private"],
    ["private and public", { lines: cc("public, private, max-age=60") }, "private"],
    ["CDN-Cache-Control: private", { lines: cc("max-age=60", ["CDN-Cache-Control", "private"]) }, "private"],
    ["CDN-Cache-Control: no-store", { lines: cc("max-age=60", ["CDN-Cache-Control", "no-store"]) }, "no-store"],
    [
      "a request that says no-store",
      { request: { ...GET, noStore: true }, lines: cc("max-age=60") },
      "request-no-store",
    ],
    ["Authorization and max-age alone", { request: LOGGED_IN, lines: cc("max-age=60") }, "authorization"],
    [
      "Authorization and Expires",
      { request: LOGGED_IN, lines: [["Expires", "Fri, 01 Jan 2038 01:01:01 GMT"]] },
      "authorization",
    ],
    ["Authorization and a rule of the path", { request: LOGGED_IN, rule: RULE }, "authorization"],
    ["a user that the app knows", { user: true, lines: cc("max-age=60") }, "user"],
    ["a user that the app knows, by a rule of the path", { user: true, rule: RULE }, "user"],
    ["cookies and max-age alone", { request: COOKIE, lines: cc("max-age=60") }, "cookie"],
    ["cookies and a rule of the path", { request: COOKIE, rule: RULE }, "cookie"],
    ["Set-Cookie", { lines: cc("max-age=60", ["Set-Cookie", "a=b"]) }, "set-cookie"],
    ["Set-Cookie and public", { lines: cc("public, max-age=60", ["Set-Cookie", "a=b"]) }, "set-cookie"],
    [
      "Set-Cookie, configured but not public",
      { storesCookies: true, lines: cc("max-age=60", ["Set-Cookie", "a=b"]) },
      "set-cookie",
    ],
    ["Set-Cookie by a rule of the path", { rule: RULE, lines: [["Set-Cookie", ["a=b", "c=d"]]] }, "set-cookie"],
    ["Vary: *", { lines: cc("max-age=60", ["Vary", "*"]) }, "vary"],
    ["Vary: *, Foo", { lines: cc("max-age=60", ["Vary", "*, Foo"]) }, "vary"],
    ["Vary: Foo, *", { lines: cc("max-age=60", ["Vary", "Foo, *"]) }, "vary"],
    ["Vary: , *", { lines: cc("max-age=60", ["Vary", ", *"]) }, "vary"],
    ["Vary: * on a second line", { lines: cc("max-age=60", ["Vary", ["", "*"]]) }, "vary"],
    [
      "Vary with too many names",
      { lines: cc("max-age=60", ["Vary", Array.from({ length: 17 }, (_, i) => `x${i}`).join(",")]) },
      "vary",
    ],
    ["206", { status: 206, lines: cc("max-age=60") }, "partial"],
    ["304", { status: 304, lines: cc("max-age=60") }, "partial"],
    ["101", { status: 101, lines: cc("max-age=60") }, "status"],
    ["an unknown status with must-understand", { status: 599, lines: cc("max-age=60, must-understand") }, "status"],
    ["a nonce", { lines: cc("max-age=60", ["Content-Security-Policy", "script-src 'nonce-abc'"]) }, "nonce"],
    [
      "a nonce that is only reported",
      { lines: cc("max-age=60", ["Content-Security-Policy-Report-Only", "script-src 'nonce-abc'"]) },
      "nonce",
    ],
    ["nothing said", {}, "no-freshness"],
    ["max-age=0 without a validator", { lines: cc("max-age=0") }, "no-freshness"],
    ["no-cache without a validator", { lines: cc("no-cache, max-age=60") }, "no-freshness"],
    ["public alone", { lines: cc("public") }, "no-freshness"],
    ["500 without a word", { status: 500 }, "no-freshness"],
    ["500 by a rule of the path", { status: 500, rule: RULE }, "no-freshness"],
    ["403 by a rule of the path", { status: 403, rule: RULE }, "no-freshness"],
    ["302 by a rule of the path", { status: 302, rule: RULE }, "no-freshness"],
    ["a rule of the path against private", { rule: RULE, lines: cc("private") }, "private"],
    ["a rule of the path against no-store", { rule: RULE, lines: cc("no-store") }, "no-store"],
    ["a rule of the path against max-age=0", { rule: RULE, lines: cc("max-age=0") }, "no-freshness"],
    ["a rule of the path against Expires: 0", { rule: RULE, lines: [["Expires", "0"]] }, "no-freshness"],
    ["a rule of the path against Pragma", { rule: RULE, lines: [["Pragma", "no-cache"]] }, "no-freshness"],
  ])("%s", (_name, given, reason) => {
    expect(decide(given)).toBe(reason);
  });
});

describe("what is stored, RFC 9111 section 3", () => {
  it.each<[string, Case, Partial<Storing>]>([
    ["max-age", { lines: cc("max-age=60") }, { freshMs: 60_000, traits: TRAITS.explicit }],
    ["public", { lines: cc("public, max-age=60") }, { freshMs: 60_000, traits: TRAITS.explicit | TRAITS.anyUser }],
    ["Authorization and public", { request: LOGGED_IN, lines: cc("public, max-age=60") }, { freshMs: 60_000 }],
    ["Authorization and s-maxage", { request: LOGGED_IN, lines: cc("s-maxage=60") }, { freshMs: 60_000 }],
    [
      "Authorization and must-revalidate",
      { request: LOGGED_IN, lines: cc("max-age=60, must-revalidate") },
      { freshMs: 60_000 },
    ],
    ["a known user and public", { user: true, lines: cc("public, max-age=60") }, { freshMs: 60_000 }],
    [
      "a known user and Vary: Cookie",
      { user: true, lines: cc("max-age=60", ["Vary", "Cookie"]) },
      { vary: ["cookie"] },
    ],
    ["cookies and public", { request: COOKIE, lines: cc("public, max-age=60") }, { freshMs: 60_000 }],
    ["cookies and s-maxage", { request: COOKIE, lines: cc("s-maxage=60") }, { freshMs: 60_000 }],
    [
      "cookies and Vary: Cookie",
      { request: COOKIE, lines: cc("max-age=60", ["Vary", "Cookie"]) },
      { vary: ["cookie"] },
    ],
    [
      "cookies where the path ignores them",
      { request: COOKIE, rule: { ...RULE, ignoreCookies: true } },
      { freshMs: 60_000, traits: TRAITS.anyCookies },
    ],
    [
      "Set-Cookie, public and configured",
      { storesCookies: true, lines: cc("public, max-age=60", ["Set-Cookie", "a=b"]) },
      { freshMs: 60_000 },
    ],
    ["no-cache with a validator", { lines: cc("no-cache", ["ETag", '"a"']) }, { freshMs: 0, traits: TRAITS.noCache }],
    ["max-age=0 with a validator", { lines: cc("max-age=0", ["ETag", '"a"']) }, { freshMs: 0 }],
    ["no-cache for a field", { lines: cc('no-cache="a", max-age=60') }, { freshMs: 60_000, withheld: ["a"] }],
    ["private for a field", { lines: cc('private="A, B", max-age=60') }, { freshMs: 60_000, withheld: ["a", "b"] }],
    ["must-understand beside no-store", { lines: cc("no-store, must-understand, max-age=60") }, { freshMs: 60_000 }],
    [
      "must-revalidate",
      { lines: cc("max-age=60, must-revalidate") },
      { traits: TRAITS.explicit | TRAITS.anyUser | TRAITS.mustRevalidate },
    ],
    [
      "proxy-revalidate",
      { lines: cc("max-age=60, proxy-revalidate") },
      { traits: TRAITS.explicit | TRAITS.mustRevalidate },
    ],
    ["immutable", { lines: cc("max-age=60, immutable") }, { traits: TRAITS.explicit | TRAITS.immutable }],
    [
      "stale-while-revalidate",
      { lines: cc("max-age=60, stale-while-revalidate=30") },
      { staleWhileRevalidateMs: 30_000 },
    ],
    ["stale-if-error", { lines: cc("max-age=60, stale-if-error=30") }, { staleIfErrorMs: 30_000 }],
    [
      "CDN-Cache-Control against no-store",
      { lines: cc("no-store", ["CDN-Cache-Control", "max-age=60"]) },
      { freshMs: 60_000 },
    ],
    [
      "Vary with several names",
      { lines: cc("max-age=60", ["Vary", "Foo, bar"], ["vary", "FOO"]) },
      { vary: ["bar", "foo"] },
    ],
    ["404 with max-age", { status: 404, lines: cc("max-age=60") }, { freshMs: 60_000 }],
    ["302 with max-age", { status: 302, lines: cc("max-age=60") }, { freshMs: 60_000 }],
    ["299 with max-age", { status: 299, lines: cc("max-age=60") }, { freshMs: 60_000 }],
    ["500 with max-age, ten seconds at most", { status: 500, lines: cc("max-age=60") }, { freshMs: 10_000 }],
    ["503 with s-maxage, ten seconds at most", { status: 503, lines: cc("s-maxage=600") }, { freshMs: 10_000 }],
    ["200 by a rule of the path", { rule: RULE }, { freshMs: 60_000, traits: 0, isRuled: true }],
    ["404 by a rule of the path", { status: 404, rule: RULE }, { freshMs: 60_000 }],
    ["301 by a rule of the path", { status: 301, rule: RULE }, { freshMs: 60_000 }],
    ["the app before the rule of the path", { rule: RULE, lines: cc("max-age=5") }, { freshMs: 5000, isRuled: false }],
    [
      "a rule with stale-while-revalidate",
      { rule: { ...RULE, staleWhileRevalidateMs: 9 } },
      { staleWhileRevalidateMs: 9 },
    ],
    [
      "a policy without a nonce",
      { lines: cc("max-age=60", ["Content-Security-Policy", "script-src 'self'"]) },
      { freshMs: 60_000 },
    ],
  ])("%s", (_name, given, expected) => {
    expect(decide(given)).toMatchObject(expected);
  });
});
