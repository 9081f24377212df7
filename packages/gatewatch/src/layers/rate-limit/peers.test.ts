import { describe, expect, it } from "vitest";
import type { Exchange } from "../../gate/exchange.ts";
import { PathTable, settleByAny } from "../../gate/path-table.ts";
import type { RateLimitOptions } from "../../options/groups/rate-limit.ts";
import { COUNTING_ALGORITHMS, type CounterRule, type CountingAlgorithm } from "../../state/counters/counter-store.ts";
import { createMemoryCounterStore } from "../../state/counters/memory/create-memory-counter-store.ts";
import { foldAddress } from "./fold-address.ts";
import { describePolicy, toResetSeconds, toRetrySeconds } from "./limit-headers.ts";
import { createLimitUnderTest } from "./limit-stand-in.ts";
import { matchStatus } from "./match-status.ts";

describe("express-rate-limit's ipKeyGenerator: who is one client", () => {
  it.each([
    ["1.2.3.4", 56, "1.2.3.4"],
    ["0.0.0.0", 56, "0.0.0.0"],
    ["255.255.255.255", 56, "255.255.255.255"],
    ["127.0.0.1", 64, "127.0.0.1"],
    ["::1", 56, "0:0:0:0::/56"],
    ["::", 56, "0:0:0:0::/56"],
    ["2001:db8::1", 56, "2001:db8:0:0::/56"],
    ["2001:db8:1:2:3:4:5:6", 56, "2001:db8:1:0::/56"],
    ["2001:db8:1:ff:3:4:5:6", 56, "2001:db8:1:0::/56"],
    ["2001:db8:1:100:3:4:5:6", 56, "2001:db8:1:100::/56"],
    ["2001:DB8:1:2FF::", 56, "2001:db8:1:200::/56"],
    ["2001:0db8:0001:0200::", 56, "2001:db8:1:200::/56"],
    ["2001:db8:1:2:3:4:5:6", 64, "2001:db8:1:2::/64"],
    ["2001:db8:1:2:3:4:5:6", 60, "2001:db8:1:0::/60"],
    ["2001:db8:1:f:3:4:5:6", 60, "2001:db8:1:0::/60"],
    ["2001:db8:1:10:3:4:5:6", 60, "2001:db8:1:10::/60"],
    ["2001:db8:1:2:3:4:5:6", 52, "2001:db8:1:0::/52"],
    ["2001:db8:1:fff::", 52, "2001:db8:1:0::/52"],
    ["2001:db8:1:1000::", 52, "2001:db8:1:1000::/52"],
    ["2001:db8:1:2:3:4:5:6", 48, "2001:db8:1::/48"],
    ["2001:db8:1:2:3:4:5:6", 32, "2001:db8::/32"],
    ["2001:db8:1:2:3:4:5:6", 128, "2001:db8:1:2:3:4:5:6"],
    ["2001:db8:1:2:3:4:5:6", 127, "2001:db8:1:2:3:4:5:6/127"],
    ["2001:db8:1:2:3:4:5:7", 127, "2001:db8:1:2:3:4:5:6/127"],
    ["2001:db8:1:2:3:4:5:6", 80, "2001:db8:1:2:3::/80"],
    ["::ffff:1.2.3.4", 56, "1.2.3.4"],
    ["::FFFF:1.2.3.4", 56, "1.2.3.4"],
    ["::ffff:102:304", 56, "1.2.3.4"],
    ["0:0:0:0:0:ffff:1.2.3.4", 56, "1.2.3.4"],
    ["0000:0000:0000:0000:0000:ffff:0102:0304", 56, "1.2.3.4"],
    ["::ffff:255.255.255.255", 56, "255.255.255.255"],
    ["::ffff:0.0.0.0", 56, "0.0.0.0"],
    // Written with dots, and yet no IPv4.
    ["2001:db8::1.2.3.4", 56, "2001:db8:0:0::/56"],
    ["2001:db8:1:2::1.2.3.4", 64, "2001:db8:1:2::/64"],
    ["64:ff9b::1.2.3.4", 56, "1.2.3.4"],
    ["64:ff9b::102:304", 56, "1.2.3.4"],
    // The local-use prefix of RFC 8215 is a network's own.
    ["64:ff9b:1::1.2.3.4", 56, "64:ff9b:1:0::/56"],
    ["::1.2.3.4", 56, "0:0:0:0::/56"],
    ["fe80::1%eth0", 64, "fe80:0:0:0::/64"],
    ["fc00::1", 56, "fc00:0:0:0::/56"],
    ["not an address", 56, "not an address"],
    ["1.2.3.4.5", 56, "1.2.3.4.5"],
    ["1.2.3.256", 56, "1.2.3.256"],
    ["12345::", 56, "12345::"],
    ["1:2:3:4:5:6:7:8:9", 56, "1:2:3:4:5:6:7:8:9"],
    ["", 56, ""],
  ])("%s by /%d is %s", (address, prefix, expected) => {
    expect(foldAddress(address, prefix)).toBe(expected);
  });
});

describe("Retry-After and the reset, in whole seconds", () => {
  const refused = (retryMs: number) => ({ allowed: false, remaining: 0, resetMs: 90_000, retryMs, blocked: false });
  it.each([
    [0.001, 1],
    [1, 1],
    [499, 1],
    [500, 1],
    [999.999, 1],
    [1_000, 1],
    [1_000.001, 2],
    [1_001, 2],
    [59_999, 60],
    [60_000, 60],
    [60_001, 61],
    [3_600_000, 3_600],
    [86_400_001, 86_401],
    [Number.POSITIVE_INFINITY, 60],
  ])("%d ms is %d s, for both", (retryMs, seconds) => {
    expect(toRetrySeconds(refused(retryMs), 60_000)).toBe(seconds);
    expect(toResetSeconds(refused(retryMs), 60_000)).toBe(seconds);
  });

  it.each([
    [0, 0],
    [1, 1],
    [999, 1],
    [1_000, 1],
    [59_001, 60],
  ])("an admitted request's reset of %d ms is %d s", (resetMs, seconds) => {
    expect(toResetSeconds({ allowed: true, remaining: 1, resetMs, retryMs: 0, blocked: false }, 60_000)).toBe(seconds);
  });
});

describe("RateLimit-Policy (draft 10)", () => {
  it.each([
    ["default", 100, 60_000, '"default";q=100;w=60'],
    ["default", 1, 1_000, '"default";q=1;w=1'],
    ["default", 5, 1_500, '"default";q=5;w=2'],
    ["default", 5, 999, '"default";q=5'],
    ["default", 5, 10, '"default";q=5'],
    ["default", 0, 60_000, '"default";q=0;w=60'],
    ["daily", 1_000_000, 86_400_000, '"daily";q=1000000;w=86400'],
    ["POST /login", 5, 900_000, '"POST /login";q=5;w=900'],
    ["/api/*", 5, 60_000, '"/api/*";q=5;w=60'],
    ["/users/:id", 5, 60_000, '"/users/:id";q=5;w=60'],
    ['/a"b', 5, 60_000, String.raw`"/a\"b";q=5;w=60`],
    ["/a\\b", 5, 60_000, String.raw`"/a\\b";q=5;w=60`],
  ])("%s, %d in %d ms is %s", (name, limit, windowMs, expected) => {
    expect(describePolicy({ name, windowMs }, limit)).toBe(expected);
  });
});

describe("rate-limiter-flexible: consume, penalty, reward, get, delete, block", () => {
  /** `3`: consume; `+2` `-2`: penalty, reward; `?`: get; `x`: delete; `b` `u`: block, unblock. Then what remains, `!` when refused. */
  const SCRIPTS: [string, string][] = [
    ["1", "4"],
    ["1 1 1", "4 3 2"],
    ["1 1 1 1 1 1", "4 3 2 1 0 0!"],
    ["5", "0"],
    ["6", "5!"],
    ["6 5", "5! 0"],
    ["2 2 2", "3 1 1!"],
    ["2 2 1", "3 1 0"],
    ["3 3 2", "2 2! 0"],
    ["?", "5"],
    ["? ? 1 ?", "5 5 4 4"],
    ["5 ?", "0 0!"],
    ["+1", "4"],
    ["+5", "0!"],
    ["+6", "0!"],
    ["+9 1", "0! 0!"],
    ["1 +2 1", "4 2 1"],
    ["-1", "5"],
    ["-9 1", "5 4"],
    ["3 -1", "2 3"],
    ["3 -9", "2 5"],
    ["5 -1 1 1", "0 1 0 0!"],
    ["+7 -2", "0! 0!"],
    ["+7 -3", "0! 1"],
    ["5 x 1", "0 5 4"],
    ["x", "5"],
    ["b 1", "0! 0!"],
    ["b ? u ?", "0! 0! 5 5"],
    ["2 b u ?", "3 0! 3 3"],
    ["5 b x u 1", "0 0! 0! 5 4"],
    ["4 +1 ?", "1 0! 0!"],
    ["1 -1 1 -1 1", "4 5 4 5 4"],
  ];
  const CASES = COUNTING_ALGORITHMS.flatMap((algorithm) =>
    SCRIPTS.map(([script, expected]): [CountingAlgorithm, string, string] => [algorithm, script, expected]),
  );

  it.each(CASES)("%s: %s gives %s", (algorithm, script, expected) => {
    const store = createMemoryCounterStore({ clock: { now: () => 0, monotonicMs: () => 1_000_000 } });
    const rule: CounterRule = { name: "r", algorithm, limit: 5, windowMs: 60_000, burst: 5 };
    const seen = script.split(" ").map((step) => {
      const verdict = run(step);
      return `${verdict.remaining}${verdict.allowed ? "" : "!"}`;
    });
    expect(seen.join(" ")).toBe(expected);

    function run(step: string): { remaining: number; allowed: boolean } {
      if (step === "b") store.block("k", 1_000);
      if (step === "u") store.unblock("k");
      if (step === "x") store.reset(rule, "k");
      if ("bux?".includes(step)) return store.peek(rule, "k");
      if (/^[+-]/.test(step)) return store.adjust(rule, "k", Number(step));
      return store.consume(rule, "k", Number(step));
    }
  });
});

describe("@fastify/rate-limit, hono-rate-limiter and express-rate-limit: options and what they do", () => {
  const plan = (x: Exchange): number => (x.headers.get("x-plan") === "pro" ? 4 : 2);
  it.each<[string, Partial<RateLimitOptions>, number[], object?]>([
    ["limit / max", { limit: 2 }, [200, 200, 429]],
    ["limit 0 blocks all (express-rate-limit 7)", { limit: 0 }, [429, 429]],
    ["limit as a function", { limit: plan }, [200, 200, 429]],
    ["limit as a function, other client", { limit: plan }, [200, 200, 200, 200, 429], { headers: { "x-plan": "pro" } }],
    ["skip as a function", { limit: 1, skip: () => true }, [200, 200, 200]],
    ["skip by path", { limit: 1, skip: ["/shop"] }, [200, 200]],
    ["allowList of addresses", { limit: 1, allow: ["203.0.113.9"] }, [200, 200, 200]],
    ["allowList of blocks", { limit: 1, allow: ["203.0.113.0/24"] }, [200, 200, 200]],
    ["allowList of others", { limit: 1, allow: ["203.0.113.10"] }, [200, 429]],
    ["statusCode", { limit: 1, status: 503 }, [200, 503]],
    ["statusCode 400", { limit: 1, status: 400 }, [200, 400]],
    ["keyGenerator", { limit: 1, key: () => "one for all" }, [200, 429]],
    ["keyGenerator, later", { limit: 1, key: async () => "one for all" }, [200, 429]],
    ["keyGenerator without a key", { limit: 1, key: () => undefined }, [200, 429]],
    ["requestPropertyName and kin are not needed", { limit: 3, headers: "none" }, [200, 200, 200, 429]],
    ["standardHeaders false, legacyHeaders true", { limit: 1, headers: "legacy" }, [200, 429]],
    ["standardHeaders true, legacyHeaders false", { limit: 1, headers: "draft" }, [200, 429]],
    ["cost as a number (rate-limiter-flexible)", { limit: 5, cost: 2 }, [200, 200, 429]],
    ["cost above the limit", { limit: 5, cost: 6 }, [429, 429]],
    ["cost 0", { limit: 1, cost: 0 }, [200, 200, 200]],
    ["burst of a token bucket", { limit: 100, algorithm: "token-bucket", burst: 2 }, [200, 200, 429]],
    ["whitelist and blacklist: blacklist wins", { allow: ["203.0.113.9"], deny: ["203.0.113.9"] }, [403, 403]],
    ["blacklist by key", { blocked: ["203.0.113.9"] }, [429, 429]],
    ["route config: another limit", { limit: 9, routes: { "/shop": { limit: 1 } } }, [200, 429]],
    ["route config: false", { limit: 1, routes: { "/shop": false } }, [200, 200, 200]],
    ["route config: another method", { limit: 1, routes: { "POST /shop": 5 } }, [200, 429]],
    ["global: false", { scope: "routes", limit: 1 }, [200, 200, 200]],
    ["methods", { limit: 1, methods: ["POST"] }, [200, 200]],
    ["dry run", { limit: 1, dryRun: true }, [200, 200, 200]],
    ["skipSuccessfulRequests", { limit: 1, rewardOn: ["2xx", "3xx"] }, [200, 200, 200]],
    ["skipFailedRequests does not touch successes", { limit: 1, rewardOn: ["4xx", "5xx"] }, [200, 429, 429]],
  ])("%s", async (_name, options, expected, facts) => {
    const { requests } = createLimitUnderTest(options);
    expect(await requests(expected.length, facts)).toEqual(expected);
  });

  it.each(["fixed-window", "sliding-window", "sliding-log"] as const)(
    "%s: the burst over a window's edge, at 50 a second",
    async (algorithm) => {
      const { admitted, pass } = createLimitUnderTest({ limit: 50, windowMs: 1_000, algorithm });
      await admitted(1);
      pass(900);
      const before = await admitted(60);
      pass(150);
      const after = await admitted(60);
      // Every fixed window admits 99 or so of them; the others keep their word.
      expect(before + after).toBe(algorithm === "fixed-window" ? 99 : 50);
    },
  );
});

describe("statuses", () => {
  it.each([
    [["200"], 200, true],
    [["200"], 201, false],
    [["2xx"], 200, true],
    [["2xx"], 299, true],
    [["2xx"], 300, false],
    [["2xx"], 0, false],
    [["401", "403"], 403, true],
    [["401", "5xx"], 502, true],
    [["401", "5xx"], 400, false],
    [["1xx"], 101, true],
  ])("%j has %d: %s", (statuses, status, expected) => {
    expect(matchStatus(statuses)?.(status)).toBe(expected);
  });
});

describe("routes", () => {
  const routes = new PathTable<string>(
    [
      ["GET /a", "GET /a"],
      ["/a", "/a"],
      ["POST /a", "POST /a"],
      ["/a/*", "/a/*"],
      ["/a/b/*", "/a/b/*"],
      ["/users/:id", "/users/:id"],
      ["DELETE /users/:id", "DELETE /users/:id"],
      ["/users/me", "/users/me"],
      ["/users/:id/posts/:post", "/users/:id/posts/:post"],
      ["/pre*", "/pre*"],
      ["HEAD /h", "HEAD /h"],
      ["/Case/Path/", "/Case/Path/"],
    ],
    settleByAny,
  );
  it.each([
    ["GET", "/a", "GET /a"],
    ["HEAD", "/a", "GET /a"],
    ["POST", "/a", "POST /a"],
    ["PUT", "/a", "/a"],
    ["GET", "/a/", "GET /a"],
    ["GET", "/a/x", "/a/*"],
    ["GET", "/a/x/y", "/a/*"],
    ["GET", "/a/b", "/a/b/*"],
    ["GET", "/a/b/c", "/a/b/*"],
    ["GET", "/a/bc", "/a/*"],
    ["GET", "/ab", undefined],
    ["GET", "/users", undefined],
    ["GET", "/users/", undefined],
    ["GET", "/users/1", "/users/:id"],
    ["DELETE", "/users/1", "DELETE /users/:id"],
    ["GET", "/users/me", "/users/me"],
    ["GET", "/users/1/posts", undefined],
    ["GET", "/users/1/posts/2", "/users/:id/posts/:post"],
    ["GET", "/users//2", "/users/:id"],
    ["GET", "/prefix/x", "/pre*"],
    ["GET", "/pre", "/pre*"],
    ["GET", "/PREFIX", "/pre*"],
    ["GET", "/h", undefined],
    ["HEAD", "/h", "HEAD /h"],
    ["POST", "/h", undefined],
    ["GET", "/case/path", "/Case/Path/"],
    ["GET", "/", undefined],
    ["GET", "*", undefined],
    ["GET", "/%61", "GET /a"],
    ["get", "/a", "/a"],
  ])("%s %s is %s", (method, path, expected) => {
    expect(routes.find(method, path)).toBe(expected);
  });
});
