import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { formatConsole } from "./format-console.ts";

class Order {
  id = 7;
  items = [1, 2];
}

describe("formatConsole()", () => {
  test.each([
    ["a format with its values", ["watch %s of %d: %i%%", "out", 3, 4.5], "watch out of 3: 4%"],
    ["scalars", [1, true, null, undefined, 10n, Symbol("s")], "1 true null undefined 10n Symbol(s)"],
    ["an object", ["user", { id: 1, name: "ada" }], "user Object { id, name }"],
    ["an object in a format", ["user %o", new Order()], "user 'Order { id, items }'"],
    ["an empty object", [{}], "Object {}"],
    ["an object without a prototype", [Object.create(null)], "Object {}"],
    ["many keys", [{ a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1 }], "Object { a, b, c, d, e, 2 more }"],
    ["lists", [[1, 2, 3], new Uint8Array(4), Buffer.alloc(5)], "Array(3) Uint8Array(4) Buffer(5)"],
    ["maps and sets", [new Map([[1, 2]]), new Set([1, 2])], "Map(1) Set(2)"],
    ["an error", ["failed", new TypeError("no")], "failed TypeError: no"],
    ["dates", [new Date(0), new Date(Number.NaN)], "1970-01-01T00:00:00.000Z Invalid Date"],
    ["a function", [() => 1], "[function]"],
    ["nothing", [], ""],
  ])("writes %s", (_what, given, expected) => {
    expect(formatConsole(given)).toBe(expected);
  });

  test("runs no code of the app's objects", () => {
    const trap = (): never => {
      throw new Error("trap");
    };
    const handler = Object.fromEntries(Reflect.ownKeys(Reflect).map((key) => [key, trap]));
    const proxy = new Proxy({}, handler);
    class Hostile extends Map {
      override get size(): number {
        return trap();
      }
    }
    const getters = Object.defineProperties(new Error(), {
      name: { get: trap },
      message: { get: trap },
    });
    const hostile = { toJSON: trap, toString: trap, [Symbol.toPrimitive]: trap, [inspect.custom]: trap };
    Object.defineProperty(hostile, "field", { enumerable: true, get: trap });
    Object.defineProperty(hostile, "constructor", { get: trap });
    expect(formatConsole(["%s %d %j", hostile, hostile, hostile])).toMatch(/^Object { toJSON, toString, field }/);
    expect(formatConsole([proxy, Object.create(proxy), new Hostile(), getters])).toBe(
      "[Proxy] Object {} Hostile(0) Error",
    );
  });

  test("bounds how many values and how much of each is read", () => {
    expect(formatConsole(["x".repeat(1_000_000)])).toHaveLength(2_001);
    expect(formatConsole(Array.from({ length: 1_000 }, () => 1))).toBe("1 1 1 1 1 1 1 1 1 1");
    expect(formatConsole([{ ["k".repeat(1_000)]: 1 }]).length).toBeLessThan(60);
  });
});
