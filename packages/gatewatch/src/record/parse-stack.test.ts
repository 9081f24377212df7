import { describe, expect, test } from "vitest";
import { parseStack } from "./parse-stack.ts";

const only = (line: string): unknown => parseStack(`Error: x\n    at ${line}`, "x")[0];

describe("parseStack()", () => {
  test.each([
    [
      "total (/app/src/price.js:42:13)",
      { function: "total", location: "/app/src/price.js", line: 42, column: 13, isEval: false },
    ],
    ["/app/src/price.js:42:13", { location: "/app/src/price.js", line: 42, column: 13, isEval: false }],
    [
      "async load (file:///app/src/load.mjs:3:5)",
      { function: "load", location: "file:///app/src/load.mjs", line: 3, column: 5, isEval: false },
    ],
    ["async file:///app/main.mjs:1:1", { location: "file:///app/main.mjs", line: 1, column: 1, isEval: false }],
    [
      "new Cart (C:\\shop\\cart.js:7:9)",
      { function: "new Cart", location: "C:\\shop\\cart.js", line: 7, column: 9, isEval: false },
    ],
    [
      "Object.get [as price] (/app/a (copy)/b.js:1:2)",
      { function: "Object.get [as price]", location: "/app/a (copy)/b.js", line: 1, column: 2, isEval: false },
    ],
    ["Array.map (<anonymous>)", { function: "Array.map", location: "<anonymous>", isEval: false }],
    ["async Promise.all (index 0)", { function: "Promise.all", location: "index 0", isEval: false }],
    ["JSON.parse (native)", { function: "JSON.parse", location: "native", isEval: false }],
    [
      "node:internal/process/task_queues:105:5",
      { location: "node:internal/process/task_queues", line: 105, column: 5, isEval: false },
    ],
    [
      "eval (eval at run (/app/tpl.js:8:3), <anonymous>:1:7)",
      { function: "eval", location: "/app/tpl.js", line: 8, column: 3, isEval: true },
    ],
    ["f (/app/odd)name.js:2:3)", { function: "f", location: "/app/odd)name.js", line: 2, column: 3, isEval: false }],
  ])("reads %s", (line, expected) => {
    expect(only(line)).toEqual(expected);
  });

  test("is not deceived by frames inside the message", () => {
    const message = "no\n    at evil (/etc/passwd:1:1)";
    expect(parseStack(`Error: ${message}\n    at real (/app/a.js:1:2)`, message)).toHaveLength(1);
  });

  test("reads a real stack of this file", () => {
    const [frame] = parseStack(new Error("here").stack ?? "", "here");
    expect(frame?.location).toContain("parse-stack.test.ts");
  });

  test("survives what is no stack at all", () => {
    expect(parseStack("", "")).toEqual([]);
    expect(parseStack("at", "")).toEqual([]);
    expect(parseStack(`${"    at (".repeat(10_000)}\n`, "")).toEqual([]);
    expect(parseStack("Error\n    at )\n    at ()\n    at :1:2", "")).toBeInstanceOf(Array);
  });
});
