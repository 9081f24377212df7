import { expect, test } from "vitest";
import { formatCount, formatDelta, formatDuration, formatPlural, formatRate, formatShare } from "./format.ts";

test.each([
  [0, "0"],
  [9999, "9,999"],
  [12_345, "12.3K"],
  [2_400_000, "2.4M"],
])("formatCount(%d) is %s", (value, text) => expect(formatCount(value)).toBe(text));

test.each([
  [0.42, "0.4 ms"],
  [9.97, "10 ms"],
  [182.4, "182 ms"],
  [999.6, "1 s"],
  [1240, "1.24 s"],
  [12_340, "12.3 s"],
  [180_000, "3 min"],
  [5_400_000, "1.5 h"],
])("formatDuration(%d) is %s", (value, text) => expect(formatDuration(value)).toBe(text));

test.each([
  [0, "0 %"],
  [0.00001, "< 0.01 %"],
  [0.0021, "0.21 %"],
  [0.021, "2.1 %"],
  [0.83, "83 %"],
])("formatShare(%d) is %s", (value, text) => expect(formatShare(value)).toBe(text));

test.each([
  [134, 100, "+34 %"],
  [92, 100, "−8 %"],
  [100, 100, "±0 %"],
  [600, 100, "6×"],
  [5, 0, null],
  [0, 0, "±0"],
  [null, 4, null],
])("formatDelta(%s, %s) is %s", (value, before, text) => expect(formatDelta(value, before)).toBe(text));

test("formatPlural() counts one thing and many things", () => {
  expect([formatPlural(1, "event"), formatPlural(12, "event")]).toEqual(["1 event", "12 events"]);
});

test.each([
  [0, "0"],
  [0.3, "0.3"],
  [2.46, "2.5"],
  [40.4, "40"],
])("formatRate(%d) is %s", (perSecond, text) => expect(formatRate(perSecond)).toBe(text));
