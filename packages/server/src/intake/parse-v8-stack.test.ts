import { expect, test } from "vitest";
import { parseV8Stack } from "./parse-v8-stack.ts";

test("parseV8Stack() reads names, places and what an error came from", () => {
  const text = `RangeError: Item 1 is out of stock
    at handle (src/app.ts:14:32)
    at async src/main.ts:3:1
    at listOnTimeout (node:internal/timers:581:17)
    at Layer.handle [as handle_request] (node_modules/express/lib/layer.js:95:5)
Caused by: TypeError: fetch failed
    at Array.map (<anonymous>)`;
  expect(parseV8Stack(text)).toEqual([
    {
      type: "RangeError",
      module: null,
      message: "Item 1 is out of stock",
      frames: [
        { file: "src/app.ts", function: "handle", line: 14, column: 32, inApp: true },
        { file: "src/main.ts", line: 3, column: 1, inApp: true },
        { file: "node:internal/timers", function: "listOnTimeout", line: 581, column: 17, inApp: false },
        {
          file: "node_modules/express/lib/layer.js",
          function: "Layer.handle [as handle_request]",
          line: 95,
          column: 5,
          inApp: false,
        },
      ],
    },
    {
      type: "TypeError",
      module: null,
      message: "fetch failed",
      frames: [{ file: "<anonymous>", function: "Array.map", inApp: false }],
    },
  ]);
});

test("parseV8Stack() keeps a message of several lines", () => {
  const [exception] = parseV8Stack("Error: one\ntwo\n    at f (a.js:1:2)");
  expect(exception).toMatchObject({ type: "Error", message: "one\ntwo" });
});

test.each([
  ["nothing", ""],
  ["words", "it broke at noon\nat the office"],
  ["a hostile line", `Error: x\n    at ${" (".repeat(100_000)}`],
])("parseV8Stack() finds no frames in %s", (_name, text) => {
  expect(parseV8Stack(text)).toEqual([]);
});
