import { expect, test, vi } from "vitest";
import { createKeyReader } from "./key-reader.ts";

test("a single key finds its action at once", () => {
  const resolve = vi.fn<() => void>();
  expect(createKeyReader()({ e: resolve }, "e", 0)).toBe(resolve);
});

test("a sequence needs both keys in time, and its second key does not act alone", () => {
  const go = vi.fn<() => void>();
  const ignore = vi.fn<() => void>();
  const keys = { "g o": go, o: ignore };
  const read = createKeyReader();
  expect(read(keys, "g", 0)).toBeUndefined();
  expect(read(keys, "o", 500)).toBe(go);
  expect(read(keys, "g", 1000)).toBeUndefined();
  expect(read(keys, "o", 9000)).toBe(ignore);
});

test("an unknown second key ends the sequence and does nothing", () => {
  const ignore = vi.fn<() => void>();
  const read = createKeyReader();
  const keys = { "g o": vi.fn<() => void>(), m: ignore };
  read(keys, "g", 0);
  expect(read(keys, "m", 100)).toBeUndefined();
  expect(read(keys, "m", 200)).toBe(ignore);
});
