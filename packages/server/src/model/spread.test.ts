import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { joinSpreads, mergeSpreads, Spread } from "./spread.ts";

/** Values `v0`, `v1`, … with the given counts. */
function spreadOf(counts: readonly number[]): Spread {
  const spread = new Spread();
  for (const [index, count] of counts.entries()) {
    spread.count += count;
    if (count > 0) spread.add("route", `v${index}`, count);
  }
  return spread;
}

describe("Spread", () => {
  test("counts up to 64 values exactly, however it was cut into parts and stored between", () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.nat(50), { maxLength: 64 }), { maxLength: 6 }), (parts) => {
        const joined = joinSpreads(parts.map((counts) => spreadOf(counts).toBytes()));
        const exact = Array.from({ length: 64 }, (_, i) => parts.reduce((sum, counts) => sum + (counts[i] ?? 0), 0));
        expect(new Map(joined.top("route", 64).map(({ value, count }) => [value, count]))).toEqual(
          new Map(exact.flatMap((count, index) => (count > 0 ? [[`v${index}`, count]] : []))),
        );
        for (const [index, count] of exact.entries()) expect(joined.atMost("route", `v${index}`)).toBe(count);
      }),
      { numRuns: 50 },
    );
  });

  test("beyond them keeps what is common, never too high and short by at most 1/65", () => {
    const spread = new Spread();
    const exact = new Map<string, number>();
    for (let i = 0; i < 20_000; i++) {
      const value = i % 3 === 0 ? "common" : `rare${(i * 7919) % 5000}`;
      exact.set(value, (exact.get(value) ?? 0) + 1);
      spread.count++;
      spread.add("client", value, 1);
    }
    const stored = Spread.parse(spread.toBytes());
    const top = stored.top("client", 1000);
    expect(top.length).toBeLessThanOrEqual(64);
    expect(top[0]!.value).toBe("common");
    for (const { value, count } of top) expect(count).toBeLessThanOrEqual(exact.get(value)!);
    expect(exact.get("common")! - top[0]!.count).toBeLessThanOrEqual(20_000 / 65);
    for (const [value, count] of exact) expect(stored.atMost("client", value)).toBeGreaterThanOrEqual(count);
    expect(spread.toBytes().length).toBeLessThan(4000);
  });

  test("counts users once and keeps no name of theirs", () => {
    const spread = new Spread();
    for (let i = 0; i < 100; i++) spread.addUser(`user:ada${i % 10}`, 1);
    const bytes = mergeSpreads(spread.toBytes(), spread.toBytes());
    expect(Spread.parse(bytes).users.estimate()).toBe(10);
    expect(Spread.parse(bytes).top("user", 1)[0]!.count).toBe(20);
    expect(Buffer.from(bytes).toString("latin1")).not.toContain("ada");
  });

  test("takes any text as a value", () => {
    const spread = new Spread();
    for (const value of ["__proto__", "", "\ud800", "x".repeat(5000), "\u0000"]) spread.add("release", value, 2);
    const values = Spread.parse(spread.toBytes()).top("release", 9);
    expect(values.map(({ count }) => count)).toEqual([2, 2, 2, 2, 2]);
    expect(Math.max(...values.map(({ value }) => value.length))).toBe(200);
  });

  test("refuses a version that it does not know", () => {
    expect(() => Spread.parse(new Uint8Array([9, 0]))).toThrow("version 9");
  });
});
