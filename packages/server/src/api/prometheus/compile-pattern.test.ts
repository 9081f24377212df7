import fc from "fast-check";
import { expect, test } from "vitest";
import { compilePattern } from "./compile-pattern.ts";
import { QueryError } from "./query-error.ts";
import { RegexBudget } from "./regex-budget.ts";

function matches(pattern: string, value: string): boolean {
  return compilePattern(pattern, new RegexBudget())(value);
}

test.each<[pattern: string, yes: string[], no: string[]]>([
  ["GET|POST", ["GET", "POST"], ["GE", "GETPOST", ""]],
  ["", [""], ["a"]],
  [".*", ["", "a\nb"], []],
  [".+", ["a"], [""]],
  ["/users/.*", ["/users/", "/users/1"], ["/user", "x/users/"]],
  ["/a|/b/.+", ["/a", "/b/c"], ["/b/", "/a/c"]],
  ["(?:a|b)*c", ["c", "abac"], ["ab", ""]],
  ["a(b(c)?)+", ["ab", "abcb"], ["a", "ac"]],
  ["(?P<name>x)y", ["xy"], ["x"]],
  ["a{2}", ["aa"], ["a", "aaa"]],
  ["a{2,}", ["aa", "aaaa"], ["a"]],
  ["a{0,2}?b", ["b", "aab"], ["aaab"]],
  ["{id}", ["{id}"], ["id"]],
  ["[a-c_]+", ["ab_"], ["d", ""]],
  ["[^a-c]", ["d", "é"], ["a", ""]],
  ["[]a]", ["]", "a"], ["b"]],
  ["[a-]", ["a", "-"], ["b"]],
  ["[[:digit:]x]+", ["1x2"], ["y"]],
  ["[\\d\\-]+", ["1-2"], ["a"]],
  ["\\d+\\.\\w\\s", ["12.a "], ["12xa "]],
  ["\\D\\W\\S", ["a b"], ["1 b"]],
  ["(?i)get", ["GET", "get", "gEt"], ["got"]],
  ["a(?i:B)c", ["abc", "aBc"], ["Abc"]],
  ["(?i)[a-c]É", ["Bé"], ["d"]],
  ["^a$", ["a"], ["ba"]],
  ["\\Aa\\z|b^c", ["a"], ["bc"]],
  ["\\x41\\x{1F600}", ["A😀"], ["A"]],
  ["(a|)b", ["ab", "b"], ["a"]],
  ["/v1/\\{id\\}", ["/v1/{id}"], ["/v1/id"]],
])("compilePattern() matches whole values against %s", (pattern, yes, no) => {
  expect(yes.filter((value) => !matches(pattern, value))).toEqual([]);
  expect(no.filter((value) => matches(pattern, value))).toEqual([]);
});

test.each([
  "(",
  ")",
  "a)",
  "[",
  "[a",
  "*a",
  "a**",
  "a{3,2}",
  "a{2000}",
  "\\",
  "\\q",
  "\\1",
  "(?=a)",
  "(?!a)",
  "[b-a]",
  "[[:x:]]",
])("compilePattern() refuses %s", (pattern) => {
  expect(() => matches(pattern, "a")).toThrow(QueryError);
});

test("compilePattern() agrees with the runtime's own expressions", () => {
  const piece = fc.constantFrom("a", "b", ".", "[ab]", "[^a]", "(a|b)", "(?:ab)", "\\d");
  const repeated = fc.tuple(piece, fc.constantFrom("", "*", "+", "?", "{2}", "{1,2}")).map((parts) => parts.join(""));
  const pattern = fc
    .array(
      fc.array(repeated, { maxLength: 4 }).map((parts) => parts.join("")),
      { minLength: 1, maxLength: 3 },
    )
    .map((parts) => parts.join("|"));
  const value = fc.string({ unit: fc.constantFrom("a", "b", "1"), maxLength: 8 });
  const property = fc.property(pattern, value, (source, text) => {
    return matches(source, text) === new RegExp(`^(?:${source})$`, "su").test(text);
  });
  expect(fc.check(property, { numRuns: 3_000 }).failed).toBe(false);
});

test.each(["(a*)*b", "(a|a)*b", "(a+)+b", "(.*)(.*)(.*)(.*)b", "(a?){500}a{500}"])(
  "%s costs no more than its steps",
  (pattern) => {
    const budget = new RegexBudget();
    let refusal = "";
    try {
      // Exponential elsewhere; here each value is linear in its length.
      for (let count = 0; count < 50; count++) compilePattern(pattern, budget)("a".repeat(1000 + count));
    } catch (error) {
      refusal = (error as QueryError).message;
    }
    expect(["", "the query's regular expressions cost too much; make them shorter"]).toContain(refusal);
  },
);

test.each([
  "((a{100}){100}){100}",
  `(${"a?".repeat(1000)}){50}`,
  `${"(".repeat(200)}${")".repeat(200)}`,
  "a".repeat(5000),
])("compilePattern() refuses expressions that are too large", (pattern) => {
  expect(() => matches(pattern, "a")).toThrow(QueryError);
});
