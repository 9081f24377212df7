import { describe, expect, it } from "vitest";
import { checkPathPattern, PathTable } from "./path-table.ts";

describe("PathTable", () => {
  const table = new PathTable([
    ["/*", "all"],
    ["/a*", "a and more"],
    ["/a/b*", "below a"],
    ["/a/b", "b"],
  ]);

  it.each([
    ["/a/b", "b"],
    ["/a/b/c", "below a"],
    ["/a/bc", "below a"],
    ["/a/", "a and more"],
    ["/a", "a and more"],
    ["/ab", "a and more"],
    ["/", "all"],
    ["/x/a/b", "all"],
    ["*", undefined],
  ])("finds %s: %s", (path, value) => {
    expect(table.find(path)).toBe(value);
  });

  it.each(["/", "/*", "/a", "/a/b*", "/%C3%BC"])("takes the pattern %s", (pattern) => {
    expect(checkPathPattern(pattern)).toBe(pattern);
  });

  it.each<[unknown, RegExp]>([
    ["", /is no path/],
    ["a", /is no path/],
    ["*", /is no path/],
    ["/ü", /percent-encoded/],
    ["/a b", /is no path/],
    ["/a\n", /is no path/],
    ["/a?b", /a query/],
    ["/a#b", /a fragment/],
    ["/*/a", /not at its end/],
    ["/a**", /not at its end/],
    [5, /is no path/],
    [undefined, /is no path/],
  ])("refuses the pattern %j", (pattern, reason) => {
    expect(() => checkPathPattern(pattern)).toThrow(reason);
  });
});
