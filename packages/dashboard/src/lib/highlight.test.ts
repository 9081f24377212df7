import fc from "fast-check";
import { expect, test } from "vitest";
import { highlightLine } from "./highlight.ts";

test("a line of script is cut into its kinds", () => {
  expect(highlightLine("const id = load('a', 3); // why", "a.ts")).toEqual([
    { kind: "keyword", text: "const" },
    { kind: "plain", text: " id = " },
    { kind: "call", text: "load" },
    { kind: "plain", text: "(" },
    { kind: "string", text: "'a'" },
    { kind: "plain", text: ", " },
    { kind: "number", text: "3" },
    { kind: "plain", text: "); " },
    { kind: "comment", text: "// why" },
  ]);
});

test("Python has its own words and comments", () => {
  expect(highlightLine("def f(): # x", "a.py").map((token) => token.kind)).toEqual([
    "keyword",
    "plain",
    "call",
    "plain",
    "comment",
  ]);
});

test("no character is lost or added, whatever the line is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), fc.constantFrom("a.ts", "b.py"), (line, file) => {
      expect(
        highlightLine(line, file)
          .map((token) => token.text)
          .join(""),
      ).toBe(line);
    }),
  );
});
