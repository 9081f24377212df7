import fc from "fast-check";
import { expect, it, vi } from "vitest";
import { SourceLines } from "./source-lines.ts";

it("finds the lines of a text as cutting all of it would", () => {
  const texts = fc.array(fc.constantFrom("", "a", "bc\r", "déf"), { maxLength: 1000 });
  fc.assert(
    fc.property(texts, fc.nat(1100), fc.nat(11), (lines, first, count) => {
      expect(new SourceLines(lines.join("\n")).slice(first, count, 2)).toEqual(
        (lines.length === 0 ? [""] : lines).slice(first, first + count).map((line) => line.slice(0, 2)),
      );
    }),
  );
});

it("reads a text through once, however many of its lines are asked for", () => {
  const lines = new SourceLines("\n".repeat(100_000));
  lines.slice(0, 1, 10);
  const searches = vi.spyOn(String.prototype, "indexOf");
  for (let row = 99_000; row < 99_100; row++) lines.slice(row, 11, 10);
  const count = searches.mock.calls.length;
  searches.mockRestore();
  expect(count).toBeLessThan(100 * (256 + 11));
});
