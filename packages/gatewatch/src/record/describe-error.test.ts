import { describe, expect, test } from "vitest";
import { describeErrors } from "./describe-error.ts";

const hostile = new Proxy(
  {},
  {
    get() {
      throw new Error("trap");
    },
    ownKeys() {
      throw new Error("trap");
    },
  },
);
const revoked = Proxy.revocable({}, {});
revoked.revoke();

describe("describeErrors()", () => {
  test("follows causes and members, and names whose they are", () => {
    const root = new TypeError("root", { cause: "a string" });
    const error = new AggregateError([new RangeError("one"), root], "both", { cause: new Error("why") });
    expect(
      describeErrors(error).map(({ type, message, parent, relation }) => [type, message, parent, relation]),
    ).toEqual([
      ["AggregateError", "both", undefined, undefined],
      ["Error", "why", 0, "cause"],
      ["RangeError", "one", 0, "member"],
      ["TypeError", "root", 0, "member"],
      ["string", "a string", 3, "cause"],
    ]);
  });

  test("ends at cycles and at twenty errors", () => {
    const a = new Error("a");
    const b = new Error("b", { cause: a });
    a.cause = b;
    expect(describeErrors(a)).toHaveLength(2);
    let chain = new Error("0");
    for (let depth = 1; depth < 50; depth += 1) chain = new Error(String(depth), { cause: chain });
    expect(describeErrors(chain)).toHaveLength(20);
  });

  test("keeps the code and the name of a class that sets none", () => {
    class PaymentFailed extends Error {}
    const [described] = describeErrors(Object.assign(new PaymentFailed("no"), { code: "E_PAY" }));
    expect(described).toMatchObject({ type: "PaymentFailed", message: "no", code: "E_PAY" });
  });

  test.each([
    ["a string", "text", { type: "string", message: "text" }],
    ["null", null, { type: "null", message: "null" }],
    ["undefined", undefined, { type: "undefined", message: "undefined" }],
    ["a number", 42, { type: "number", message: "42" }],
    ["a symbol", Symbol("s"), { type: "symbol", message: "Symbol(s)" }],
    ["a plain object", { reason: "x", n: 1n }, { type: "Object", message: '{"reason":"x","n":"1"}' }],
    ["an object that looks like an Error", { name: "Remote", message: "m" }, { type: "Remote", message: "m" }],
    ["an object without a prototype", Object.create(null), { type: "Object", message: "{}" }],
    ["a proxy that throws", hostile, { type: "Object", message: "[unreadable]" }],
    ["a revoked proxy", revoked.proxy, { type: "Object", message: "[unreadable]" }],
    ["bytes", Buffer.alloc(5), { type: "Buffer", message: "[5 bytes]" }],
    [
      "an answer with its body",
      { status: 502, body: Buffer.alloc(9) },
      { message: '{"status":502,"body":"[9 bytes]"}' },
    ],
    ["a map", new Map([["a", 1]]), { type: "Map", message: '{"a":1}' }],
    ["an object as message", { message: { reason: "x" } }, { type: "Object", message: '{"reason":"x"}' }],
  ])("describes %s", (_name, thrown, expected) => {
    expect(describeErrors(thrown)[0]).toMatchObject(expected);
  });

  test("survives getters and conversions that throw", () => {
    const error = new Error("x");
    Object.defineProperty(error, "stack", {
      get() {
        throw new Error("no stack");
      },
    });
    Object.defineProperty(error, "message", {
      value: {
        toString() {
          throw new Error("no text");
        },
      },
    });
    expect(describeErrors(error)[0]).toMatchObject({ type: "Error", message: '{"toString":"[function]"}' });
  });

  test("reads only the beginning of what was thrown, and lets nothing in it describe itself", () => {
    let reads = 0;
    const long = new Proxy(
      Array.from({ length: 100_000 }, (_item, index) => index),
      {
        get(target, key) {
          reads += 1;
          return Reflect.get(target, key) as unknown;
        },
      },
    );
    const speaking = {
      toJSON() {
        throw new Error("asked for JSON");
      },
      toString() {
        throw new Error("asked for text");
      },
    };
    for (const thrown of [long, { list: long }, { message: long }, { speaking }, { message: speaking }]) {
      expect(describeErrors(thrown)[0]?.message.length).toBeGreaterThan(2);
    }
    expect(reads).toBeLessThan(1_000);
  });
});
