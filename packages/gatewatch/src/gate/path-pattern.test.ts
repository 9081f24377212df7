import { describe, expect, it } from "vitest";
import { checkPathPattern, fitsPattern, parsePathPattern } from "./path-pattern.ts";

describe("a pattern", () => {
  it.each([
    ["/"],
    ["/*"],
    ["/**"],
    ["/a"],
    ["/a/b*"],
    ["/a/**"],
    ["/%C3%BC"],
    ["/users/:id"],
    ["/v1/videos:generate"],
    ["/a*b"],
    ["/**/private/*"],
    ["/**/*.css"],
    ["GET /a"],
    ["PROPFIND /dav/*"],
  ])("may be %s", (pattern) => {
    expect(checkPathPattern(pattern)).toBe(pattern);
  });

  it.each([
    [" /a ", "/a"],
    ["get  /a", "GET /a"],
    ["post\t/users/:id", "POST /users/:id"],
  ])("%j is kept as %s", (pattern, kept) => {
    expect(checkPathPattern(pattern)).toBe(kept);
  });

  it.each<[unknown, RegExp]>([
    ["", /is no path/],
    ["a", /is no path/],
    ["*", /"\/\*\*" stands for any beginning/],
    ["*.css", /is no path/],
    ["/ü", /percent-encoded/],
    ["/a b", /is no path/],
    ["GET /a b", /is no path/],
    ["GET POST /a", /is no path/],
    ["/a\nb", /is no path/],
    ["/a?b", /a query/],
    ["/a#b", /a fragment/],
    ["/a%", /begins no percent-encoding/],
    ["/a%zz/b", /begins no percent-encoding/],
    ["/a/../b", /a segment of dots/],
    ["/./a", /a segment of dots/],
    ["/a/.", /a segment of dots/],
    ["/*a*/b", /more than one "\*"/],
    ["/a*b*", /more than one "\*"/],
    ["/a**/b", /more than one "\*"/],
    ["/a***", /more than one "\*"/],
    ["/**/a/**/b", /more than one "\*\*"/],
    ["/users/:", /a parameter is all of its segment/],
    ["/users/:id.json", /a parameter is all of its segment/],
    ["/from/:a-:b", /a parameter is all of its segment/],
    ["/users/:id*", /a parameter is all of its segment/],
    [5, /is no path/],
    [undefined, /is no path/],
    [null, /is no path/],
    [/^\/a$/, /is no path/],
  ])("may not be %j", (pattern, reason) => {
    expect(() => checkPathPattern(pattern)).toThrow(reason);
  });

  it.each<[string, string, boolean]>([
    ["/*", "/", true],
    ["/*", "/a/b", true],
    ["/*", "*", false],
    ["/**", "/a/b", true],
    ["/a/*", "/a", true],
    ["/a/*", "/a/b/c", true],
    ["/a/*", "/ab", false],
    ["/a/**", "/a/b/c", true],
    ["/a*", "/a", true],
    ["/a*", "/ab/c", true],
    ["/a*", "/b", false],
    ["/:a", "/x", true],
    ["/:a", "/", false],
    ["/:a", "/x/y", false],
    ["/:a/b", "/x/b", true],
    ["/:a/b", "//b", false],
    ["/users/:id/posts/:post", "/users/1/posts/2", true],
    ["/users/:id/posts/:post", "/users/1/posts", false],
    ["/*/b", "/x/b", true],
    ["/*/b", "/x/y/b", false],
    ["/files/*.png", "/files/a.png", true],
    ["/files/*.png", "/files/.png", true],
    ["/files/*.png", "/files/png", false],
    ["/files/*.png", "/files/a/b.png", false],
    ["/files/a*a.png", "/files/a.png", false],
    ["/files/*.png/*", "/files/a.png/b", true],
    ["/**/health", "/health", true],
    ["/**/health", "/a/b/health", true],
    ["/**/health", "/a/bhealth", false],
    ["/**/health", "/health/a", false],
    ["/a/**/z", "/a/z", true],
    ["/a/**/z", "/a/b/c/z", true],
    ["/a/**/z", "/z", false],
    ["/a/**/a", "/a", false],
    ["/**/*.css", "/a/b.css", true],
    ["/**/*.css", "/b.css", true],
    ["/**/*.css", "/b.css/c", false],
    ["/**/:id/edit", "/x/7/edit", true],
    ["/**/:id/edit", "/edit", false],
    ["/**/private/*", "/private", true],
    ["/**/private/*", "/api/private/x", true],
    ["/**/private/*", "/api/private/private/x", true],
    ["/**/private/*", "/api/privates/x", false],
    ["/**/a/b*", "/a/a/bc", true],
    ["/**/a/b*", "/a/c/b", false],
  ])("%s against %s: %s", (pattern, path, fits) => {
    expect(fitsPattern(parsePathPattern(pattern), path)).toBe(fits);
  });
});
