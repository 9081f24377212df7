import { expect, test } from "vitest";
import { formatAge } from "./ago.tsx";

test.each([
  [-5000, "now"],
  [999, "now"],
  [12_400, "12 s"],
  [4 * 60_000 + 59_000, "4 min"],
  [3 * 3_600_000, "3 h"],
  [9 * 86_400_000, "9 d"],
  [70 * 86_400_000, "2 mo"],
])("an age of %d ms is %s", (age, text) => expect(formatAge(age)).toBe(text));
