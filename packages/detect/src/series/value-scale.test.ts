import { expect, test } from "vitest";
import { SeriesMemory } from "./series-memory.ts";
import { SCALE_NUMBERS, ValueScale } from "./value-scale.ts";
import type { SeriesKind } from "../ports.ts";

function createScale(kind: SeriesKind): ValueScale {
  return new ValueScale(new SeriesMemory({ numbers: SCALE_NUMBERS, floats: 0, counts: 0 }), kind);
}

test.each([
  ["gauge", [-1e6, -3.5, 0, 2, 1e12]],
  ["count", [0, 1, 40, 1e9]],
  ["ratio", [0, 0.01, 0.5, 1]],
  ["duration", [0, 0.004, 12, 86_400]],
] as const)("a %s comes back from its scale", (kind, values) => {
  const scale = createScale(kind);
  for (const value of values) scale.learn(scale.toModel(value), 1);
  for (const value of values) expect(scale.toValue(scale.toModel(value))).toBeCloseTo(value, value > 1e6 ? 0 : 6);
});

test.each([
  ["count", -1],
  ["ratio", -0.1],
  ["ratio", 1.1],
  ["duration", -1],
  ["gauge", Infinity],
  ["gauge", Number.NaN],
] as const)("a %s is never %f", (kind, value) => {
  expect(createScale(kind).toModel(value)).toBeNaN();
});

test("a value that rests on a hundredth of the usual events is drawn towards the level by ten", () => {
  const scale = createScale("ratio");
  for (let point = 0; point < 100; point++) scale.learn(0, 400);
  expect(scale.weigh(1, 0.2, 4)).toBeCloseTo(0.28);
  expect(scale.weigh(1, 0.2, 400)).toBe(1);
  expect(scale.weigh(1, 0.2, 4000)).toBe(1);
});

test.each([
  ["count", 3],
  ["ratio", 0.1],
  ["duration", 0.5],
  ["gauge", 170_296],
] as const)("a %s is never expected below 0", (kind, value) => {
  const scale = createScale(kind);
  const model = scale.toModel(value);
  scale.learn(model, 1);
  expect(scale.toValue(model - 2 * Math.abs(model) - 10)).toBe(0);
});

test("a gauge that has been below 0 may be expected there", () => {
  const scale = createScale("gauge");
  scale.learn(-3, 1);
  expect(scale.toValue(-8)).toBe(-8);
});
