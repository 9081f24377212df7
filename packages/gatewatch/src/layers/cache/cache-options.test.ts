import { describe, expect, it } from "vitest";
import { createGatewatch, type GatewatchOptions } from "../../create-gatewatch.ts";

const say = (): void => undefined;
const create = (cache: unknown): unknown =>
  createGatewatch({ logger: { info: say, warn: say, error: say }, cache } as GatewatchOptions, {
    env: {},
    dotenv: undefined,
    file: {},
  });

describe("options of the cache", () => {
  it.each<[string, unknown, string, string]>([
    [
      "a rule for everything that ignores cookies",
      { enabled: true, routes: { "/*": { ttlMs: 1, ignoreCookies: true } } },
      "unsafe_option",
      "cache.routes",
    ],
    ["a path without a slash", { routes: { a: { ttlMs: 1 } } }, "invalid_option", "cache.routes"],
    ["a path with a query", { routes: { "/a?b": { ttlMs: 1 } } }, "invalid_option", "cache.routes"],
    ["two stars in a segment", { routes: { "/a*b*c": { ttlMs: 1 } } }, "invalid_option", "cache.routes"],
    ["a rule without a time", { routes: { "/a": {} } }, "invalid_option", "cache.routes"],
    ["a rule that is a text", { routes: { "/a": "60" } }, "invalid_option", "cache.routes"],
    ["a time of nothing", { routes: { "/a": { ttlMs: 0 } } }, "invalid_option", "cache.routes"],
    ["a time that is a text", { routes: { "/a": { ttlMs: "60" } } }, "invalid_option", "cache.routes"],
    ["a name that is nearly right", { routes: { "/a": { ttlMS: 60 } } }, "invalid_option", "cache.routes"],
    [
      "a cookie rule that is a text",
      { routes: { "/a": { ttlMs: 1, ignoreCookies: "yes" } } },
      "invalid_option",
      "cache.routes",
    ],
    ["a list of paths", { routes: ["/a"] }, "invalid_option", "cache.routes"],
    ["Redis without a client", { enabled: true, store: "redis" }, "invalid_option", "cache.store"],
    ["a store that is unknown", { store: "disk" }, "invalid_option", "cache.store"],
    ["a name with a line break", { enabled: true, name: "a\r\nb" }, "invalid_option", "cache.name"],
    ["a name with a space", { enabled: true, name: "my cache" }, "invalid_option", "cache.name"],
    ["a header that is none", { enabled: true, keyHeaders: ["x tenant"] }, "invalid_option", "cache.keyHeaders"],
    ["a share above one", { heuristicFraction: 2 }, "invalid_option", "cache.heuristicFraction"],
    ["no entries", { maxEntries: 0 }, "invalid_option", "cache.maxEntries"],
    ["a wait without end", { waitMs: Infinity }, "invalid_option", "cache.waitMs"],
    ["an option that is nearly right", { maxByte: 1 }, "unknown_option", "cache.maxByte"],
  ])("refuse %s", (_name, cache, code, option) => {
    expect(() => create(cache)).toThrow(expect.objectContaining({ name: "ConfigError", code, option }) as Error);
  });

  it.each([
    [{ enabled: true }],
    [true],
    [{ enabled: true, routes: { "/*": { ttlMs: 1000 } } }],
    [{ enabled: true, routes: { "/*": 1000 } }],
    [{ enabled: true, routes: { "/api/*": { ttlMs: 1000, staleWhileRevalidateMs: 5, ignoreCookies: true } } }],
    [{ enabled: true, keyHeaders: "X-Tenant, X-Plan", name: "edge-1" }],
  ])("take %j", (cache) => {
    expect(() => create(cache)).not.toThrow();
  });

  it("come from the environment too", () => {
    const env = { GATEWATCH_CACHE_ENABLED: "1", GATEWATCH_CACHE_ROUTES: '{"/a*":{"ttlMs":5000}}' };
    const core = createGatewatch(
      { logger: { info: say, warn: say, error: say } },
      { env, dotenv: undefined, file: {} },
    );
    expect(core.options.cache).toMatchObject({ enabled: true, routes: { "/a*": { ttlMs: 5000 } } });
    expect(core.stats().layers["cache"]).toMatchObject({ hits: 0, entries: 0 });
  });
});
