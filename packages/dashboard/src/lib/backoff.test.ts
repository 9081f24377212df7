import { expect, test } from "vitest";
import { computeBackoffMs } from "./backoff.ts";

test("pauses double, stay within half a minute and are spread", () => {
  expect([0, 1, 2, 6, 60].map((attempt) => computeBackoffMs(attempt, 1))).toEqual([500, 1000, 2000, 30_000, 30_000]);
  expect(computeBackoffMs(3, 0)).toBe(2000);
});
