import { expect, test } from "vitest";
import { createUuidV7 } from "./uuid-v7.ts";

test("createUuidV7() makes ids that are distinct, well formed and sorted, within one millisecond and when the clock goes back", () => {
  const now = 1_800_000_000_000;
  const ids = Array.from({ length: 10_000 }, (_, index) => createUuidV7(index < 9_000 ? now : now - 5_000));
  expect(new Set(ids).size).toBe(10_000);
  expect([...ids].sort()).toEqual(ids);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
