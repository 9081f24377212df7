import { expect, test } from "vitest";
import { parseIssueQuery } from "./parse-issue-query.ts";

test.each([
  ["", { states: [] }],
  [
    "is:new route:/checkout release:1.4 level:fatal free text",
    { states: ["new"], route: "/checkout", release: "1.4", level: "fatal", text: "free text" },
  ],
  ["is:unresolved", { states: ["new", "ongoing", "regressed"] }],
  ["is:muted", { states: ["ignored"] }],
  ["is:new is:resolved is:new", { states: ["new", "resolved"] }],
  ['route:"GET /a b" "two words"', { states: [], route: "GET /a b", text: "two words" }],
  ["TypeError: x is undefined", { states: [], text: "TypeError: x is undefined" }],
  ["src/lib/price.ts:42", { states: [], text: "src/lib/price.ts:42" }],
  ["user:42", { states: [], text: "user:42" }],
  ["is: route: word", { states: [], text: "word" }],
  ["Level:error", { states: [], level: "error" }],
  ['"unfinished quote', { states: [], text: "unfinished quote" }],
  ["constructor:1 __proto__:2", { states: [], text: "constructor:1 __proto__:2" }],
])("%j asks for %j", (q, expected) => {
  expect(parseIssueQuery(q)).toEqual(expected);
});

test.each(["is:broken", "level:terrible"])("%j is refused with what is allowed", (q) => {
  expect(() => parseIssueQuery(q)).toThrow(/expected one of/);
});

test("a hostile text of any length is read in one pass", () => {
  const q = `${'"'.repeat(250)}${"a:".repeat(125)}`;
  expect(parseIssueQuery(q).states).toEqual([]);
});
