import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalPath, readingsOf, shapeOf } from "./path-readings.ts";

describe("the canonical spelling", () => {
  it.each([
    ["/", "/"],
    ["/a", "/a"],
    ["/a/b", "/a/b"],
    ["/a/", "/a"],
    ["//", "/"],
    ["//a", "/a"],
    ["/a//b///c", "/a/b/c"],
    ["/A/B", "/a/b"],
    ["/%61", "/a"],
    ["/%41", "/a"],
    ["/%7euser", "/~user"],
    ["/%7Euser", "/~user"],
    ["/a%2fb", "/a%2fb"],
    ["/a%2Fb/", "/a%2fb"],
    ["/a%5Cb", "/a%5cb"],
    ["/a\\b", "/a%5cb"],
    ["/a%", "/a%25"],
    ["/a%zz", "/a%25zz"],
    ["/a%2561", "/a%2561"],
    ["/%%361", "/%2561"],
    ["/%2", "/%252"],
    ["/a%20b", "/a%20b"],
    ["/a b", "/a%20b"],
    ["/a%3Fb", "/a%3fb"],
    ["/a%23b", "/a%23b"],
    ["/a%3Bb", "/a%3bb"],
    ["/a;b", "/a;b"],
    ["/a%3Ab%40c%2Bd", "/a:b@c+d"],
    ["/a%00", "/a%00"],
    ["/a%7F", "/a%7f"],
    ["/a#b", "/a"],
    ["/.", "/"],
    ["/..", "/"],
    ["/./a", "/a"],
    ["/a/./b/.", "/a/b"],
    ["/x/../a", "/a"],
    ["/x/%2e%2E/a", "/a"],
    ["/x/.%2e/a", "/a"],
    ["/../../a", "/a"],
    ["/.a/..b/...", "/.a/..b/..."],
    ["http://x.test/a", "/a"],
    ["http://x.test", "/"],
    ["http://x.test#a", "/"],
    ["HTTPS://x.test:8080/a/", "/a"],
    ["*", "/*"],
    ["", "/"],
    ["/a.b-c_d~e", "/a.b-c_d~e"],
    ["/%E2%82%AC", "/%e2%82%ac"],
    ["/\u00e2\u0082\u00ac", "/%e2%82%ac"],
    ["/€", "/%e2%82%ac"],
    ["/%C3%89t%C3%A9", "/%c3%a9t%c3%a9"],
    ["/%C3", "/%c3"],
    ["/\ud800", "/%ef%bf%bd"],
    ["/__proto__", "/__proto__"],
  ])("of %j is %s", (path, expected) => {
    expect(canonicalPath(path)).toBe(expected);
  });

  it("has itself as its canonical spelling, whatever it is of", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "/",
        "//",
        ".",
        "..",
        "%",
        "%2",
        "%2e",
        "%2F",
        "%5c",
        "%25",
        "%61",
        "%C3",
        "%89",
        "\\",
        ";",
        "#",
        "A",
        "é",
      ),
      fc.string({ maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const canonical = canonicalPath(`/${pieces.join("")}`);
        expect(canonicalPath(canonical)).toBe(canonical);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe("the readings of a path", () => {
  it.each([
    ["/a/b", ["/a/b"]],
    ["/A/b", ["/a/b"]],
    ["/a/", ["/a"]],
    ["/x/../a", ["/a", "/x/../a"]],
    ["/a%2fb", ["/a%2fb", "/a/b"]],
    ["/a\\b", ["/a%5cb", "/a/b"]],
    ["/x/..%2fa", ["/x/..%2fa", "/a", "/x/../a"]],
    ["/a;x/b", ["/a;x/b", "/a/b", "/a"]],
    ["/a%3bx", ["/a%3bx", "/a"]],
    ["//x/a", ["/x/a", "/a"]],
    ["/\\x/a", ["/%5cx/a", "/x/a", "/a"]],
    ["/x/..;/a", ["/x/..;/a", "/a", "/x/../a", "/", "/x/.."]],
  ])("%s are %j", (path, readings) => {
    expect([...readingsOf(path)].toSorted()).toEqual(readings.toSorted());
    expect(readingsOf(path)[0]).toBe(readings[0]);
  });

  it("are few, whatever strangers write", () => {
    const worst = `//h/%5c/${"a;b/../%2f./\\x%3b/".repeat(400)}`;
    expect(readingsOf(worst).length).toBeLessThanOrEqual(24);
  });

  it("begin with the path itself where its shape is plain", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."/.ab%;\\#A~ é") }), (text) => {
        const path = `/${text}`;
        const shape = shapeOf(path);
        expect(shape === "plain").toBe(
          canonicalPath(path) === path && readingsOf(path).length === 1 && !/[\\;%#]/.test(path),
        );
        expect(shape !== "cased" || readingsOf(path).join() === path.toLowerCase()).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });
});
