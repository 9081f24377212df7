import { describe, expect, it } from "vitest";
import { createMiddlewareStack } from "./create-middleware-stack.ts";
import type { ConfigError } from "./options/config-error.ts";
import { resolveOptions } from "./options/resolve-options.ts";

const resolve = (given: object = {}) => {
  const { redis: _redis, ...options } = createMiddlewareStack(given);
  return resolveOptions(options as object, { env: {}, dotenv: undefined });
};

describe("createMiddlewareStack()", () => {
  it("turns everything on", () => {
    const options = resolve();
    const groups = [
      "requestId",
      "accessLog",
      "timing",
      "errorBoundary",
      "securityHeaders",
      "rateLimit",
      "cache",
    ] as const;
    expect(groups.map((group) => options[group].enabled)).toEqual(groups.map(() => true));
    expect(options.rateLimit).toMatchObject({ limit: 100, windowMs: 3_600_000, store: "memory" });
    expect(options.timing.processingTimeHeader).toBe(true);
    expect(options.compression.thresholdBytes).toBe(1000);
    expect(options.cache.routes).toBeNull();
  });

  it.each([
    ["enableLogging", ["requestId", "accessLog"]],
    ["enable_logging", ["requestId", "accessLog"]],
    ["enableMonitoring", ["timing", "errorBoundary"]],
    ["enable_monitoring", ["timing", "errorBoundary"]],
    ["enableSecurity", ["securityHeaders"]],
    ["enable_security", ["securityHeaders"]],
    ["enableRateLimiting", ["rateLimit"]],
    ["enable_rate_limiting", ["rateLimit"]],
    ["enableCaching", ["cache"]],
    ["enable_caching", ["cache"]],
  ])("%s: false turns off %j alone", (name, off) => {
    const options = resolve({ [name]: false });
    const groups = [
      "requestId",
      "accessLog",
      "timing",
      "errorBoundary",
      "securityHeaders",
      "rateLimit",
      "cache",
    ] as const;
    expect(groups.filter((group) => !options[group].enabled)).toEqual(off);
  });

  it("shares limits and cache where a client of Redis is given", () => {
    const redis = {};
    const options = createMiddlewareStack({ redis });
    expect(options).toMatchObject({ rateLimit: { store: "redis" }, cache: { store: "redis" } });
    expect(options.redis).toBe(redis);
    expect(createMiddlewareStack({ redis: null })).not.toHaveProperty("redis");
  });

  it.each([
    [{ enableLoging: true }, "unknown_option", "Did you mean enableLogging?"],
    [{ enable_cachng: true }, "unknown_option", "Did you mean enable_caching?"],
    [{ zebra: 1 }, "unknown_option", "Known are enableLogging, enableMonitoring"],
    [{ enableCaching: "yes" }, "invalid_option", 'enableCaching is "yes"; allowed is true or false.'],
    [{ enable_security: 0 }, "invalid_option", "enable_security is 0; allowed is true or false."],
  ])("refuses %j", (given, code, message) => {
    expect(() => createMiddlewareStack(given)).toThrow(message);
    expect(() => createMiddlewareStack(given)).toThrow(expect.objectContaining({ code }) as ConfigError);
  });
});
