import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compileSkipped,
  compileWatched,
  PathTable,
  settleByAll,
  settleByAny,
  settleByCanonical,
} from "./path-table.ts";

describe("a table of paths", () => {
  const table = new PathTable(
    [
      ["/*", "all"],
      ["/a*", "a and more"],
      ["/a/b*", "below a"],
      ["/a/b", "b"],
      ["POST /a/b", "POST b"],
      ["HEAD /a/b", "HEAD b"],
      ["GET /g", "GET g"],
      ["/users/:id", "user"],
      ["/users/me", "me"],
      ["DELETE /users/*", "DELETE users"],
      ["/**/edit", "edit"],
    ],
    settleByAny,
  );

  it.each([
    ["GET", "/a/b", "b"],
    ["POST", "/a/b", "POST b"],
    ["HEAD", "/a/b", "HEAD b"],
    ["GET", "/a/b/c", "below a"],
    ["GET", "/a/bc", "below a"],
    ["GET", "/a/", "a and more"],
    ["GET", "/a", "a and more"],
    ["GET", "/ab", "a and more"],
    ["GET", "/", "all"],
    ["GET", "/x/a/b", "all"],
    ["GET", "/g", "GET g"],
    ["HEAD", "/g", "GET g"],
    ["POST", "/g", "all"],
    ["GET", "/users/7", "user"],
    ["GET", "/users/me", "me"],
    ["DELETE", "/users/7", "DELETE users"],
    ["DELETE", "/users/7/posts", "DELETE users"],
    ["GET", "/users/7/posts", "all"],
    ["GET", "/x/edit", "edit"],
    ["GET", "*", "all"],
    ["GET", "/__proto__", "all"],
  ])("finds the most fixed rule for %s %s: %s", (method, path, value) => {
    expect(table.find(method, path)).toBe(value);
  });

  it("finds nothing when it is empty", () => {
    expect(new PathTable([], settleByAny).find("GET", "/a")).toBeUndefined();
    expect(compileWatched([])).toBeUndefined();
    expect(compileSkipped([])).toBeUndefined();
  });
});

/** Spelling, whether a rule that protects holds, whether one that exempts does, and whether one that neither protects nor exempts does. */
type Row = [rule: string, path: string, isWatched: boolean, isSkipped: boolean, isChosen: boolean];

const SPELLINGS: Row[] = [
  ["/a", "/a", true, true, true],
  ["/a", "//a", true, false, true],
  ["/a", "/%61", true, false, true],
  ["/a", "/A", true, false, true],
  ["/a", "/a/", true, false, true],
  ["/a", "/a//", true, false, true],
  ["/a", "/a;x", true, false, false],
  ["/a", "/a;x=1;y", true, false, false],
  ["/a", "/a%3bx", true, false, false],
  ["/a", "/;x/a", true, false, false],
  ["/a", "/a;x/b", true, false, false],
  ["/a", "/./a", true, false, true],
  ["/a", "/a/.", true, false, true],
  ["/a", "/x/../a", true, false, true],
  ["/a", "/../a", true, false, true],
  ["/a", "/%2e/a", true, false, true],
  ["/a", "/x/%2E./a", true, false, true],
  ["/a", "/x/..;/a", true, false, false],
  ["/a", "/x/..%2fa", true, false, false],
  ["/a", "/x%2f..%2fa", true, false, false],
  ["/a", "/x/..%5ca", true, false, false],
  ["/a", "\\a", true, false, false],
  ["/a", "/\\a", true, false, false],
  ["/a", "/%2fa", true, false, false],
  ["/a", "/%5Ca", true, false, false],
  ["/a", "//x/a", true, false, false],
  ["/a", "/\\x/a", true, false, false],
  ["/a", "http://x.test/a", true, false, true],
  ["/a", "HTTP://x.test/%41/", true, false, true],
  ["/a", "/a#x", true, false, true],
  ["/a", "/b", false, false, false],
  ["/a", "/ab", false, false, false],
  ["/a", "/a/b", false, false, false],
  ["/a", "/%2561", false, false, false],
  ["/a", "/a%00", false, false, false],
  ["/a", "/a%20", false, false, false],
  ["/a", "/", false, false, false],
  ["/A", "/A", true, true, true],
  ["/A", "/a", true, false, true],
  ["/a/", "/a/", true, true, true],
  ["/a/", "/a", true, false, true],
  ["/%C3%89", "/%C3%89", true, true, true],
  ["/%C3%89", "/%c3%89", true, false, true],
  ["/%C3%89", "/%C3%A9", true, false, true],
  ["/a%20b", "/a%20b", true, true, true],
  ["/a%2Fb", "/a%2Fb", true, false, true],
  ["/a%2Fb", "/a/b", false, false, false],
  ["/a%3Ab", "/a:b", true, false, true],
  ["/p/*", "/p", true, true, true],
  ["/p/*", "/p/x", true, true, true],
  ["/p/*", "/p/X.PNG", true, true, true],
  ["/p/*", "/P/x", true, false, true],
  ["/p/*", "//p/x", true, false, true],
  ["/p/*", "/%70/x", true, false, true],
  ["/p/*", "/p/%C3%A9", true, true, true],
  ["/p/*", "/p/a%2fb", true, true, true],
  ["/p/*", "/p;y/x", true, false, false],
  ["/p/*", "/p/a;v=1", true, true, true],
  ["/p/*", "/p/./x", true, true, true],
  ["/p/*", "/p/../x", true, false, false],
  ["/p/*", "/p/..", true, false, false],
  ["/p/*", "/p/%2e%2e/x", true, false, false],
  ["/p/*", "/p/..%2fx", true, false, true],
  ["/p/*", "/p/..;/x", true, false, true],
  ["/p/*", "/p/..\\x", true, false, true],
  ["/p/*", "/p/x;/../../y", true, false, false],
  ["/p/*", "/x/../p/y", true, false, true],
  ["/p/*", "/x%2f..%2fp/y", true, false, false],
  ["/p/*", "//h/p/x", true, false, false],
  ["/p/*", "/px", false, false, false],
  ["/p*", "/px", true, true, true],
  ["/p*", "/PX", true, false, true],
  ["/p*", "/%70x", true, false, true],
  ["/u/:id", "/u/7", true, true, true],
  ["/u/:id", "/u/AbC", true, true, true],
  ["/u/:id", "/U/7", true, false, true],
  ["/u/:id", "/u/7/", true, false, true],
  ["/u/:id", "/u//7", true, false, true],
  ["/u/:id", "/u/a%2fb", true, false, true],
  ["/u/:id", "/u/..", true, false, false],
  ["/u/:id", "/u/7;x", true, true, true],
  ["/u/:id", "/u/;x", true, false, true],
  ["/u/:id", "/u", false, false, false],
  ["/u/:id", "/u/7/x", false, false, false],
  ["/u/:id/x", "/u/7/y/../x", true, false, true],
  ["/**/x", "/a/B/x", true, true, true],
  ["/**/x", "/a/X", true, false, true],
  ["/**/x", "/x/..", false, false, false],
  ["GET /a", "//a", true, false, true],
];

describe("another spelling", () => {
  it.each(SPELLINGS)(
    "under %s: %s (watched %s, skipped %s, chosen %s)",
    (rule, path, isWatched, isSkipped, isChosen) => {
      expect(compileWatched([rule])!("GET", path)).toBe(isWatched);
      expect(compileSkipped([rule])!("GET", path)).toBe(isSkipped);
      expect(new PathTable([[rule, true]], settleByCanonical).find("GET", path) === true).toBe(isChosen);
    },
  );

  it("finds no value of a table that exempts unless all readings have the same", () => {
    const table = new PathTable(
      [
        ["/a/*", 1],
        ["/b/*", 2],
      ],
      settleByAll,
    );
    expect(table.find("GET", "/a/x")).toBe(1);
    expect(table.find("GET", "/a/../b/x")).toBeUndefined();
    expect(table.find("GET", "/a/..%2fb/x")).toBeUndefined();
  });
});

const letter = fc.constantFrom(..."abc");
const name = fc.string({ unit: letter, minLength: 1, maxLength: 2 });
const plainPath = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => `/${names.join("/")}`);
const rule = fc
  .tuple(
    fc.array(fc.oneof(name, fc.constantFrom(":x", "*")), { minLength: 1, maxLength: 3 }),
    fc.constantFrom("", "/*", "/**", "*"),
  )
  .map(
    ([names, end]) =>
      `/${names.join("/")}${names.at(-1)!.startsWith(":") || names.at(-1) === "*" ? end.replace(/^\*$/, "") : end}`,
  );

/** Ways to write the same path otherwise. */
const DODGES: ((path: string, at: number) => string)[] = [
  (path, at) => path.slice(0, at) + path.slice(at).toUpperCase(),
  (path, at) =>
    path.replaceAll(/[abc]/g, (char, index) => (index >= at ? `%${char.charCodeAt(0).toString(16)}` : char)),
  (path, at) => path.replaceAll("/", (_, index) => (index >= at ? "//" : "/")),
  (path) => `${path}/`,
  (path, at) => path.replaceAll("/", (_, index) => (index >= at ? "/./" : "/")),
  (path, at) => path.replaceAll("/", (_, index) => (index >= at ? "/zz/../" : "/")),
  (path, at) => path.replaceAll("/", (_, index) => (index >= at && index > 0 ? "\\" : "/")),
  (path, at) => path.replaceAll("/", (_, index) => (index >= at && index > 0 ? "%2f" : "/")),
  (path) => `${path};v=1`,
  (path) => path.replaceAll(/([abc])\//g, "$1;v/"),
  (path) => `//host.test${path}`,
  (path) => `http://host.test${path}`,
  (path) => `${path}#x`,
];

describe("whoever dodges", () => {
  const dodge = fc.tuple(fc.nat(DODGES.length - 1), fc.nat(12));
  const rules = fc.array(rule, { minLength: 1, maxLength: 4 });

  it("a rule that protects, is under it all the same", () => {
    fc.assert(
      fc.property(rules, plainPath, dodge, (patterns, path, [kind, at]) => {
        const isWatched = compileWatched(patterns)!;
        expect(isWatched("GET", path) && !isWatched("GET", DODGES[kind]!(path, at))).toBe(false);
      }),
      { numRuns: 10_000 },
    );
  });

  it("to come under a rule that exempts, does not", () => {
    fc.assert(
      fc.property(rules, plainPath, dodge, (patterns, path, [kind, at]) => {
        const isSkipped = compileSkipped(patterns)!;
        expect(!isSkipped("GET", path) && isSkipped("GET", DODGES[kind]!(path, at))).toBe(false);
      }),
      { numRuns: 10_000 },
    );
  });
});
