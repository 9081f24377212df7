import { expect, test } from "vitest";
import { cutWide } from "./cut-wide.ts";

test("what is not wide comes back as it is", () => {
  const value = { a: [1, { b: null }], c: "x".repeat(100_000) };
  expect(cutWide(value)).toBe(value);
});

test("two thousand members and items are kept in all, and the rest is told", () => {
  const wide = Object.fromEntries(Array.from({ length: 40_000 }, (_, index) => [`key${index}`, { value: index }]));
  const cut = cutWide({ wide, after: 1 }) as Record<string, Record<string, unknown>>;
  expect(Object.keys(cut["wide"]!)).toHaveLength(1_001);
  expect(cut["wide"]!["…"]).toBe("[39000 more left out]");
  expect(cut["…"]).toBe("[1 more left out]");
  expect(JSON.stringify(cutWide([Array.from({ length: 5_000 }, () => 0)]))).toContain('"[3001 more left out]"');
});

test("a name that objects are born with stays a name, and depth has an end", () => {
  const text = `{"__proto__":{"polluted":1},"wide":[${"0,".repeat(3_000)}0]}`;
  const cut = cutWide(JSON.parse(text)) as object;
  expect(Object.keys(cut)).toEqual(["__proto__", "wide"]);
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  let deep: unknown = 0;
  for (let level = 0; level < 100_000; level++) deep = [deep];
  expect(cutWide(deep)).toBe(deep);
});
