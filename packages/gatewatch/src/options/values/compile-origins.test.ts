import { describe, expect, it } from "vitest";
import type { Exchange } from "../../gate/exchange.ts";
import { compileOrigins, type OriginsValue } from "./compile-origins.ts";

const STRANGER = {} as Exchange;

function allows(value: OriginsValue, origin: string): unknown {
  const origins = compileOrigins(value);
  if (origins.kind === "asked") return origins.test(origin, STRANGER);
  return origins.kind === "any" || (origins.kind === "some" && origins.allows(origin));
}

describe("compileOrigins()", () => {
  it.each<[OriginsValue, string, boolean]>([
    // Exact origins.
    ["https://a.test", "https://a.test", true],
    ["https://a.test", "http://a.test", false],
    ["https://a.test", "https://a.test:8443", false],
    ["https://a.test", "https://b.a.test", false],
    ["https://a.test", "https://a.test.evil.test", false],
    ["https://a.test", "https://evila.test", false],
    ["https://a.test", "https://a.test/", false],
    ["https://a.test", "HTTPS://A.TEST", false],
    ["https://a.test", "null", false],
    ["https://a.test", "", false],
    ["https://a.test/", "https://a.test", true],
    ["HTTPS://A.Test", "https://a.test", true],
    ["https://a.test:443", "https://a.test", true],
    ["http://a.test:80", "http://a.test", true],
    ["https://a.test:8443", "https://a.test:8443", true],
    ["https://a.test:8443", "https://a.test", false],
    ["http://localhost:3000", "http://localhost:3000", true],
    ["http://localhost:3000", "http://localhost:3001", false],
    ["http://127.0.0.1:3000", "http://127.0.0.1:3000", true],
    ["http://[::1]:3000", "http://[::1]:3000", true],
    ["https://bücher.test", "https://xn--bcher-kva.test", true],
    ["capacitor://localhost", "capacitor://localhost", true],
    ["chrome-extension://abcdef", "chrome-extension://abcdef", true],
    ["chrome-extension://abcdef", "chrome-extension://other", false],
    // Lists.
    [["https://a.test", "https://b.test"], "https://a.test", true],
    [["https://a.test", "https://b.test"], "https://b.test", true],
    [["https://a.test", "https://b.test"], "https://c.test", false],
    [["https://a.test", /^https:\/\/\w+\.b\.test$/], "https://x.b.test", true],
    [["https://a.test", "https://*.b.test"], "https://a.test", true],
    [[], "https://a.test", false],
    // Everybody and nobody.
    ["*", "https://a.test", true],
    [["*"], "https://a.test", true],
    [true, "https://a.test", true],
    [false, "https://a.test", false],
    // Sub-domains.
    ["https://*.a.test", "https://x.a.test", true],
    ["https://*.a.test", "https://x.y.a.test", true],
    ["https://*.a.test", "https://x-1.a.test", true],
    ["https://*.a.test", "https://a.test", false],
    ["https://*.a.test", "https://.a.test", false],
    ["https://*.a.test", "https://x..a.test", false],
    ["https://*.a.test", "https://xa.test", false],
    ["https://*.a.test", "http://x.a.test", false],
    ["https://*.a.test", "https://x.a.test:8443", false],
    ["https://*.a.test", "https://x.a.test.evil.test", false],
    ["https://*.a.test", "https://evil.test/x.a.test", false],
    ["https://*.a.test", "https://evil.test?x.a.test", false],
    ["https://*.a.test", "https://evil.test#.a.test", false],
    ["https://*.a.test", "https://user@x.a.test", false],
    ["https://*.a.test", "https://evil.test\\.a.test", false],
    ["https://*.a.test", "https://x a.test", false],
    ["https://*.a.test", "https://X.a.test", false],
    ["https://*.a.test:8443", "https://x.a.test:8443", true],
    ["https://*.a.test:8443", "https://x.a.test", false],
    ["https://*.a.test:443", "https://x.a.test", true],
    ["https://*.a.test:*", "https://x.a.test:1", true],
    ["https://*.a.test:*", "https://x.a.test", true],
    ["https://*.a.test:*", "https://x.a.test:x", false],
    ["https://*.a.test:*", "https://x.a.test:123456", false],
    ["http://localhost:*", "http://localhost:5173", true],
    ["http://localhost:*", "http://localhost", true],
    ["http://localhost:*", "http://localhost.evil.test:80", false],
    ["http://localhost:*", "http://x.localhost:80", false],
    ["http://*.localhost:*", "http://x.localhost:80", true],
    ["HTTPS://*.A.TEST", "https://x.a.test", true],
    // Patterns.
    [/^https:\/\/[a-z]+\.a\.test$/, "https://x.a.test", true],
    [/^https:\/\/[a-z]+\.a\.test$/, "https://x.a.test.evil.test", false],
    [/^https:\/\/a\.test$|^https:\/\/b\.test$/, "https://b.test", true],
    [/^https:\/\/(?:a|b)\.test$/, "https://b.test", true],
    [/^https:\/\/(?:a|b)\.test$/, "https://c.test", false],
    [/^https:\/\/a\.test$/i, "https://a.test", true],
    [/^.*$/, "https://anything.test", true],
    [/^.*$/, "null", false],
    [/^.*$/, "not an origin", false],
    [/^.*$/, `https://${"x".repeat(300)}.test`, false],
  ])("%s and %s: %s", (value, origin, isAllowed) => {
    expect(allows(value, origin)).toBe(isAllowed);
    expect(allows(value, origin)).toBe(isAllowed);
  });

  it("forgets where a pattern with the flag g has ended", () => {
    const origins = compileOrigins(/^https:\/\/a\.test$/g);
    expect([1, 2, 3].map(() => origins.kind === "some" && origins.allows("https://a.test"))).toEqual([
      true,
      true,
      true,
    ]);
  });

  it.each<[unknown, RegExp]>([
    ["null", /origin of every sandboxed frame/],
    [["https://a.test", "null"], /origin of every sandboxed frame/],
    ["a.test", /did you mean "https:\/\/a\.test"\?/],
    ["localhost:3000", /did you mean "https:\/\/localhost:3000"\?/],
    ["https://a.test/path", /without a path/],
    ["https://a.test?x", /without a path/],
    ["https://a.test#x", /without a path/],
    ["https://user@a.test", /without a path/],
    ["https://", /no origin/],
    ["", /no origin/],
    ["https://a.test https://b.test", /no origin/],
    ["https://a.test\r\nX-Evil: 1", /no origin/],
    ["https://*", /could match too much/],
    ["*://a.test", /could match too much/],
    ["*.a.test", /could match too much/],
    ["https://a.*", /could match too much/],
    ["https://a.*.test", /could match too much/],
    ["https://x*.a.test", /could match too much/],
    ["https://*a.test", /could match too much/],
    ["https://*.*.test", /could match too much/],
    ["https://*.test/", /could match too much/],
    ["https://*.test", /everybody who can register a name below \.test/],
    ["https://*.com", /everybody who can register/],
    [/https:\/\/a\.test/, /not anchored/],
    [/^https:\/\/a\.test/, /not anchored/],
    [/https:\/\/a\.test$/, /not anchored/],
    [/a\.test$/, /evil\.test/],
    [/^https:\/\/a\.test$|b\.test/, /not anchored/],
    [/^https:\/\/a\.test|https:\/\/b\.test$/, /not anchored/],
    [/^https:\/\/a\.test\$/, /not anchored/],
    [/^https:\/\/a\.test$/m, /flag m/],
    [/^https:\/\/a.test$/, /a dot that stands for any character/],
    [/^https:\/\/[a-z]+.a\.test$/, /a dot that stands for any character/],
    [5, /5 is no origin/],
    [{}, /is no origin/],
    [["https://a.test", 5], /5 is no origin/],
    [["https://a.test", undefined], /is no origin/],
  ])("refuses %s", (value, reason) => {
    expect(() => compileOrigins(value)).toThrow(TypeError);
    expect(() => compileOrigins(value)).toThrow(reason);
  });

  it.each([/^.*$/, /^https?:\/\/.+$/, /^[^/]+:\/\/\S+$/])("notices that %s lets everybody in", (pattern) => {
    expect(compileOrigins(pattern)).toMatchObject({ kind: "some", tooWide: String(pattern) });
  });

  it("keeps nothing about 100,000 origins that it has seen", () => {
    const origins = compileOrigins(["https://*.a.test", /^https:\/\/\w+\.b\.test$/]);
    const before = JSON.stringify(origins);
    let allowed = 0;
    for (let at = 0; at < 100_000; at++)
      if (origins.kind === "some" && origins.allows(`https://x${at}.a.test`)) allowed++;
    expect(allowed).toBe(100_000);
    expect(JSON.stringify(origins)).toBe(before);
  });
});
