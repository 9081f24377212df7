import { describe, expect, it } from "vitest";
import { createGatewatch } from "../../create-gatewatch.ts";
import { ConfigError } from "../../options/config-error.ts";
import { resolveOptions } from "../../options/resolve-options.ts";

const nothing = { env: {}, dotenv: undefined };

function refusal(rateLimit: object): { option: string; message: string } {
  try {
    resolveOptions({ rateLimit } as object, nothing);
  } catch (error) {
    if (error instanceof ConfigError) return { option: error.option, message: error.message };
    throw error;
  }
  throw new Error("accepted");
}

describe("the options of the rate-limit layer", () => {
  it.each([
    ["limit", -1],
    ["limit", 1.5],
    ["limit", "many"],
    ["limit", null],
    ["limit", 2_000_000_000],
    ["windowMs", 0],
    ["windowMs", 9],
    ["windowMs", 2_592_000_001],
    ["windowMs", "1m"],
    ["algorithm", "leaky"],
    ["burst", 0],
    ["burst", "big"],
    ["key", "ip"],
    ["key", 7],
    ["key", null],
    ["ipv6Prefix", 16],
    ["ipv6Prefix", 129],
    ["group", ""],
    ["group", 'a"b'],
    ["group", "a b\r\n"],
    ["group", "x".repeat(51)],
    ["cost", -1],
    ["cost", 0.5],
    ["scope", "some"],
    ["skip", ["health"]],
    ["skip", ["/a*b*c"]],
    ["skip", ["/a?b"]],
    ["skip", [7]],
    ["methods", ["GET POST"]],
    ["methods", [7]],
    ["routes", []],
    ["routes", "POST /login"],
    ["routes", { login: 5 }],
    ["routes", { "POST  /a /b": 5 }],
    ["routes", { "PO ST /a": 5 }],
    ["routes", { "/a": true }],
    ["routes", { "/a": null }],
    ["routes", { "/a": [] }],
    ["routes", { "/a": { limit: -1 } }],
    ["routes", { "/a": { limits: 5 } }],
    ["routes", { "/a": { windowMs: 0 } }],
    ["routes", { "/a": { algorithm: "x" } }],
    ["routes", { "/a": { key: "x" } }],
    ["routes", { "/a": { cost: -1 } }],
    ["routes", { "/a": { burst: 0 } }],
    ["routes", { "/a": { group: "" } }],
    ["allow", ["10.0.0.0/33"]],
    ["allow", ["example.com"]],
    ["allow", [7]],
    ["deny", ["1.2.3"]],
    ["deny", ["2001:db8::/129"]],
    ["blocked", [""]],
    ["dryRun", "maybe"],
    ["store", "disk"],
    ["maxKeys", 10],
    ["redisTimeoutMs", 0],
    ["failMode", "half"],
    ["localShare", 0],
    ["localShare", 2],
    ["penaltyOn", ["600"]],
    ["penaltyOn", ["4x"]],
    ["penaltyOn", [true]],
    ["penalty", 0],
    ["rewardOn", ["ok"]],
    ["headers", "draft-7"],
    ["status", 200],
    ["message", 7],
    ["message", true],
    ["problemJson", "perhaps"],
  ])("refuse %s: %j, and say which, what and what is allowed", (option, value) => {
    const { option: named, message } = refusal({ [option]: value });
    expect(named).toBe(`rateLimit.${option}`);
    expect(message).toContain(`rateLimit.${option}`);
    expect(message).toMatch(/allowed is/);
  });

  it("name the field of a route, and what was probably meant", () => {
    expect(refusal({ routes: { "POST /login": { limt: 5 } } }).message).toContain(
      'routes["POST /login"].limt: does not exist; did you mean limit?',
    );
    expect(refusal({ key: "adress" }).message).toContain("did you mean address?");
  });

  it.each([
    ["GATEWATCH_RATE_LIMIT_LIMIT", "25", { limit: 25 }],
    ["GATEWATCH_RATE_LIMIT_WINDOW_MS", "1000", { windowMs: 1000 }],
    ["GATEWATCH_RATE_LIMIT_KEY", "user", { key: "user" }],
    ["GATEWATCH_RATE_LIMIT_BURST", "", { burst: null }],
    ["GATEWATCH_RATE_LIMIT_SKIP", "/health, /static/*", { skip: ["/health", "/static/*"] }],
    ["GATEWATCH_RATE_LIMIT_METHODS", "post,put", { methods: ["POST", "PUT"] }],
    ["GATEWATCH_RATE_LIMIT_ALLOW", "10.0.0.0/8,loopback", { allow: ["10.0.0.0/8", "loopback"] }],
    ["GATEWATCH_RATE_LIMIT_REWARD_ON", "2xx,304", { rewardOn: ["2xx", "304"] }],
    ["GATEWATCH_RATE_LIMIT_MESSAGE", "Slow down", { message: "Slow down" }],
    [
      "GATEWATCH_RATE_LIMIT_ROUTES",
      '{"post /login":{"limit":5,"windowMs":900000},"/free":false,"/x":3}',
      { routes: { "POST /login": { limit: 5, windowMs: 900_000 }, "/free": false, "/x": { limit: 3 } } },
    ],
  ])("are read from %s", (name, text, expected) => {
    const { rateLimit, warnings } = resolveOptions({}, { env: { [name]: text }, dotenv: undefined });
    expect(warnings).toEqual([]);
    expect(rateLimit).toMatchObject(expected);
  });

  it.each([
    ["GATEWATCH_RATE_LIMIT_ROUTES", "{oops"],
    ["GATEWATCH_RATE_LIMIT_LIMIT", "lots"],
    ["GATEWATCH_RATE_LIMIT_ALLOW", "nowhere"],
  ])("warn about %s=%s and go on", (name, text) => {
    const { warnings, rateLimit } = resolveOptions({}, { env: { [name]: text }, dotenv: undefined });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(name);
    expect(rateLimit).toMatchObject({ routes: null, limit: 100, allow: [] });
  });

  it.each([
    ["no client", {}, "rateLimit.store"],
    ["no client of a known kind", { redis: { get: () => undefined } }, "redis"],
  ])("refuse Redis with %s", (_name, given, option) => {
    const say = (): void => undefined;
    const logger = { info: say, warn: say, error: say };
    const open = () => createGatewatch({ logger, rateLimit: { enabled: true, store: "redis" }, ...given }, nothing);
    expect(open).toThrow(ConfigError);
    expect(open).toThrow(expect.objectContaining({ option }) as Error);
  });

  it("refuse routes that share a counter but not its window", () => {
    const say = (): void => undefined;
    const routes = { "/a": { group: "g", windowMs: 1000 }, "/b": { group: "g", windowMs: 2000 } };
    const open = () =>
      createGatewatch({ logger: { info: say, warn: say, error: say }, rateLimit: { enabled: true, routes } }, nothing);
    expect(open).toThrow(/shares the counter "g"/);
  });
});
