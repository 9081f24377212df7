import { describe, expect, it } from "vitest";
import type { StoredResponse } from "../../state/response-store.ts";
import { judgeReuse, mayStandIn, type Reuse } from "./judge-reuse.ts";
import type { RequestFacts } from "./read-request.ts";
import { TRAITS } from "./traits.ts";

const NOW = 1_800_000_000_000;
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

/** Fresh for a minute, stored so many seconds ago. */
function stored(ageS: number, changes: Partial<StoredResponse> = {}): StoredResponse {
  return {
    status: 200,
    lines: [],
    body: new Uint8Array(),
    receivedMs: NOW - ageS * 1000,
    initialAgeMs: 0,
    freshMs: 60_000,
    staleWhileRevalidateMs: 0,
    staleIfErrorMs: 0,
    traits: TRAITS.explicit,
    tags: [],
    ...changes,
  };
}

describe("judgeReuse(), RFC 9111 sections 4 and 5.2.1", () => {
  it.each<[string, StoredResponse, Partial<RequestFacts>, Reuse]>([
    ["younger than its time", stored(59), {}, "fresh"],
    ["as old as its time", stored(60), {}, "validate"],
    ["older", stored(61), {}, "validate"],
    ["old when it came", stored(0, { initialAgeMs: 60_000 }), {}, "validate"],
    ["of a clock that went back", stored(-3600), {}, "fresh"],
    ["no-cache, although fresh", stored(1, { traits: TRAITS.noCache | TRAITS.explicit }), {}, "validate"],
    ["for credentials, without permission", stored(1), { hasCredentials: true }, "none"],
    [
      "for credentials, with permission",
      stored(1, { traits: TRAITS.anyUser | TRAITS.explicit }),
      { hasCredentials: true },
      "fresh",
    ],
    ["for cookies, explicitly fresh", stored(1), { hasCookies: true }, "fresh"],
    ["for cookies, by a rule of the path", stored(1, { traits: 0 }), { hasCookies: true }, "none"],
    ["for cookies that the path ignores", stored(1, { traits: TRAITS.anyCookies }), { hasCookies: true }, "fresh"],
    ["for a reload", stored(1), { noCache: true }, "validate"],
    ["for a reload, immutable", stored(1, { traits: TRAITS.immutable }), { noCache: true }, "fresh"],
    ["for a reload, immutable but stale", stored(61, { traits: TRAITS.immutable }), { noCache: true }, "validate"],
    ["for max-age, younger", stored(10), { maxAgeMs: 20_000 }, "fresh"],
    ["for max-age, older", stored(30), { maxAgeMs: 20_000 }, "validate"],
    ["for min-fresh, enough left", stored(10), { minFreshMs: 40_000 }, "fresh"],
    ["for min-fresh, not enough left", stored(30), { minFreshMs: 40_000 }, "validate"],
    ["for max-stale, within", stored(70), { maxStaleMs: 20_000 }, "stale"],
    ["for max-stale, beyond", stored(90), { maxStaleMs: 20_000 }, "validate"],
    ["for max-stale without a bound", stored(9000), { maxStaleMs: Infinity }, "stale"],
    [
      "for max-stale against must-revalidate",
      stored(70, { traits: TRAITS.mustRevalidate }),
      { maxStaleMs: 20_000 },
      "validate",
    ],
    ["within stale-while-revalidate", stored(70, { staleWhileRevalidateMs: 20_000 }), {}, "while-revalidate"],
    ["beyond stale-while-revalidate", stored(90, { staleWhileRevalidateMs: 20_000 }), {}, "validate"],
    [
      "stale-while-revalidate against must-revalidate",
      stored(70, { staleWhileRevalidateMs: 20_000, traits: TRAITS.mustRevalidate }),
      {},
      "validate",
    ],
    [
      "stale-while-revalidate for a reload",
      stored(70, { staleWhileRevalidateMs: 20_000 }),
      { noCache: true },
      "validate",
    ],
  ])("%s", (_name, response, request, reuse) => {
    expect(judgeReuse(response, { ...GET, ...request }, NOW)).toBe(reuse);
  });
});

describe("mayStandIn(), RFC 5861 section 4", () => {
  it.each<[string, StoredResponse, boolean]>([
    ["within its window", stored(70, { staleIfErrorMs: 20_000 }), true],
    ["beyond its window", stored(90, { staleIfErrorMs: 20_000 }), false],
    ["without a window", stored(61), false],
    ["still fresh", stored(10), true],
    ["must-revalidate", stored(70, { staleIfErrorMs: 20_000, traits: TRAITS.mustRevalidate }), false],
    ["no-cache", stored(10, { traits: TRAITS.noCache }), false],
    ["an error itself", stored(10, { status: 503, staleIfErrorMs: 20_000 }), false],
    ["a 404", stored(70, { status: 404, staleIfErrorMs: 20_000 }), true],
  ])("%s: %s", (_name, response, expected) => {
    expect(mayStandIn(response, NOW)).toBe(expected);
  });
});
