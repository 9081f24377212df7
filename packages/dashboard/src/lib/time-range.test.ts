import { expect, test } from "vitest";
import { resolveRange } from "./time-range.ts";

test("a range is found by its name; anything else is the last hour", () => {
  expect(resolveRange("7d").ms).toBe(7 * 86_400_000);
  expect([resolveRange("9y").id, resolveRange(null).id]).toEqual(["1h", "1h"]);
});
