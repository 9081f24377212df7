import { expect, test } from "vitest";
import { formatValue } from "./format-result.ts";

test.each([
  [0, "0"],
  [-1.5, "-1.5"],
  [1e21, "1000000000000000000000"],
  [-1.25e22, "-12500000000000000000000"],
  [1e-7, "0.0000001"],
  [1.25e-9, "0.00000000125"],
  [0.1 + 0.2, "0.30000000000000004"],
])("formatValue() writes %d without an exponent", (value, text) => {
  expect(formatValue(value)).toBe(text);
  expect(Number(text)).toBe(value);
});

test.each([
  [Number.NaN, "NaN"],
  [Number.POSITIVE_INFINITY, "+Inf"],
  [Number.NEGATIVE_INFINITY, "-Inf"],
])("formatValue() has Prometheus' words for %d", (value, text) => {
  expect(formatValue(value)).toBe(text);
});
