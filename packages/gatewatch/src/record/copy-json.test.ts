import { describe, expect, test } from "vitest";
import { copyJson } from "./copy-json.ts";

const cyclic: Record<string, unknown> = { name: "a" };
cyclic["self"] = cyclic;
const shared = { n: 1 };
const throwing = {
  get bad(): never {
    throw new Error("trap");
  },
  good: 1,
};

describe("copyJson()", () => {
  test.each([
    ["plain JSON", { a: [1, "x", null, true] }, { a: [1, "x", null, true] }],
    ["a cycle", cyclic, { name: "a", self: "[circular]" }],
    ["one object twice", { a: shared, b: shared }, { a: { n: 1 }, b: { n: 1 } }],
    ["numbers that JSON lacks", [NaN, Infinity, 10n], ["NaN", "Infinity", "10"]],
    ["functions and symbols", [() => 1, Symbol("s")], ["[function]", "[symbol]"]],
    ["absent fields", { a: undefined, b: 1 }, { b: 1 }],
    ["a date", new Date(0), "1970-01-01T00:00:00.000Z"],
    ["a date that is none", new Date(NaN), "Invalid Date"],
    ["a buffer's memory", new ArrayBuffer(8), "[8 bytes]"],
    ["a boxed string", new String("abc"), "abc"],
    ["bytes", Buffer.from("secret"), "[6 bytes]"],
    ["maps and sets", { m: new Map([["k", 1]]), s: new Set([1, 2]) }, { m: { k: 1 }, s: [1, 2] }],
    ["an error", new TypeError("no"), "TypeError: no"],
    ["a getter that throws", throwing, { bad: "[unreadable]", good: 1 }],
  ])("copies %s", (_name, value, expected) => {
    expect(copyJson(value)).toEqual(expected);
  });

  test("bounds depth, size and strings", () => {
    let deep: unknown = "end";
    for (let level = 0; level < 100; level += 1) deep = { deep };
    expect(JSON.stringify(copyJson(deep, { maxDepth: 3 }))).toBe('{"deep":{"deep":{"deep":"[too deep]"}}}');
    const wide = Array.from({ length: 10_000 }, (_, index) => index);
    expect(JSON.stringify(copyJson(wide, { maxNodes: 10 })).length).toBeLessThan(60);
    expect(copyJson("x".repeat(100), { maxStringLength: 10 })).toBe(`${"x".repeat(10)}…`);
  });

  test("reads no more of a map or a set than it keeps", () => {
    const many = Array.from({ length: 1_000 }, (_, index) => index);
    let reads = 0;
    class Counted extends Set<number> {
      override *[Symbol.iterator](): SetIterator<number> {
        reads += 1;
        yield* super[Symbol.iterator]();
      }
    }
    expect(copyJson(new Counted(many), { maxNodes: 3 })).toEqual([0, 1, "[too much]"]);
    const map = new Map(many.map((index) => [index === 1 ? {} : `k${index}`, index]));
    expect(copyJson(map, { maxNodes: 4 })).toEqual({ k0: 0, "[object]": 1, k2: 2, k3: "[too much]" });
    expect(reads).toBe(0);
  });

  test("keeps a field named __proto__ a field", () => {
    const copy = copyJson(JSON.parse('{"__proto__":{"polluted":true}}'));
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect(JSON.stringify(copy)).toBe('{"__proto__":{"polluted":true}}');
  });
});
