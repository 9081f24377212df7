import { expect, test } from "vitest";
import { HyperLogLog, mergeHyperLogLogs } from "./hyperloglog.ts";

function setOf(from: number, to: number): HyperLogLog {
  const set = new HyperLogLog();
  for (let i = from; i < to; i++) set.add(`user-${i}`);
  return set;
}

test.each([0, 1, 2, 100, 640])("%i different texts are counted exactly", (n) => {
  const set = setOf(0, n);
  for (let i = 0; i < n; i++) set.add(`user-${i}`);
  expect(set.estimate()).toBe(n);
  expect(HyperLogLog.parse(set.toBytes()).estimate()).toBe(n);
});

test.each([641, 2_000, 5_000, 10_000, 20_000, 50_000, 300_000])("%i different texts are estimated within 3 %%", (n) => {
  const set = setOf(0, n);
  expect(Math.abs(set.estimate() / n - 1)).toBeLessThan(0.03);
  expect(HyperLogLog.parse(set.toBytes()).estimate()).toBe(set.estimate());
});

test("sequential, hexadecimal and mail-like ids are estimated alike", () => {
  for (const name of [
    (i: number) => String(i),
    (i: number) => i.toString(16).padStart(32, "0"),
    (i: number) => `a${i}@example.com`,
  ]) {
    const set = new HyperLogLog();
    for (let i = 0; i < 20_000; i++) set.add(name(i));
    expect(Math.abs(set.estimate() / 20_000 - 1)).toBeLessThan(0.03);
  }
});

test.each([
  [0, 50, 25, 75],
  [0, 600, 300, 900],
  [0, 5_000, 4_900, 5_100],
  [0, 5_000, 2_500, 9_000],
])("a union equals the set of all (%i-%i and %i-%i)", (a, b, c, d) => {
  const union = mergeHyperLogLogs(setOf(a, b).toBytes(), setOf(c, d).toBytes());
  expect(union).toEqual(setOf(a, d).toBytes());
  expect(mergeHyperLogLogs(setOf(c, d).toBytes(), setOf(a, b).toBytes())).toEqual(union);
});

test("nothing merged with something is that something", () => {
  const bytes = setOf(0, 3).toBytes();
  expect(mergeHyperLogLogs(null, bytes)).toEqual(bytes);
  expect(mergeHyperLogLogs(bytes, null)).toEqual(bytes);
  expect(mergeHyperLogLogs(null, null)).toBeNull();
});

test("the stored form of version 1 is frozen and small", () => {
  expect(Buffer.from(setOf(0, 3).toBytes()).toString("hex")).toMatchInlineSnapshot(
    `"01009e91a3ac07fba7acad04b597c84e"`,
  );
  expect(setOf(0, 100_000).toBytes().length).toBe(2562);
});

test("damaged or newer bytes are refused", () => {
  expect(() => HyperLogLog.parse(Uint8Array.of(9, 0))).toThrow("version 9");
  expect(() => HyperLogLog.parse(Uint8Array.of(1, 7))).toThrow("form 7");
  expect(() => HyperLogLog.parse(Uint8Array.of(1, 1, 0))).toThrow(RangeError);
});
