import { expect, test } from "vitest";
import { tryParseRetryAfter } from "./parse-retry-after.ts";

const NOW = Date.UTC(2026, 0, 1);

test.each([
  ["120", 120_000],
  [" 0 ", 0],
  ["99999999", 3_600_000],
  ["Thu, 01 Jan 2026 00:01:00 GMT", 60_000],
  ["Wed, 31 Dec 2025 23:00:00 GMT", 0],
  ["soon", undefined],
  ["", undefined],
  [undefined, undefined],
])("tryParseRetryAfter() reads %j as %j ms", (value, expected) => {
  expect(tryParseRetryAfter(value, NOW)).toBe(expected);
});
