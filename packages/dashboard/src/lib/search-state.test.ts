import { expect, test } from "vitest";
import { changeSearch, keepScope } from "./search-state.ts";

test("changeSearch() sets, replaces and removes, and leaves the rest", () => {
  expect(changeSearch("a=1&b=2", { b: null, c: "is:new x" })).toBe("a=1&c=is%3Anew+x");
  expect(changeSearch("a=1", { a: "" })).toBe("");
});

test("keepScope() carries the project and the range and no filter", () => {
  expect(keepScope("tab=new&range=7d&project=2")).toBe("?project=2&range=7d");
  expect(keepScope("tab=new")).toBe("");
});
