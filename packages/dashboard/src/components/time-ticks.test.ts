import { expect, test } from "vitest";
import { createTimeTicks } from "./time-ticks.ts";

const FROM = Date.UTC(2026, 10, 20, 13, 47);

test.each([
  [15 * 60_000, 6],
  [3_600_000, 8],
  [86_400_000, 8],
  [14 * 86_400_000, 5],
])("over %d ms there are some ticks, at most %d, at even steps inside the span", (span, count) => {
  const ticks = createTimeTicks(FROM, FROM + span, count);
  expect(ticks.length).toBeGreaterThanOrEqual(2);
  expect(ticks.length).toBeLessThanOrEqual(count + 1);
  const steps = new Set(ticks.slice(1).map((tick, index) => tick.time - (ticks[index]?.time ?? 0)));
  expect(steps.size).toBe(1);
  expect(ticks.every((tick) => tick.time >= FROM && tick.time <= FROM + span)).toBe(true);
});
