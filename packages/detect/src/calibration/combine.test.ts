import { expect, test } from "vitest";
import { normalTail } from "../laws/normal-law.ts";
import { boundPValues, combinePValues } from "./combine.ts";
import { createRandom } from "./random-stand-in.ts";

/** Five p-values of normal variables, each two with this correlation. */
function createDraw(correlation: number, random: () => number): () => number[] {
  const draw = (): number => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
  return () => {
    const shared = Math.sqrt(correlation) * draw();
    return Array.from({ length: 5 }, () => normalTail(shared + Math.sqrt(1 - correlation) * draw()));
  };
}

test.each([0, 0.5, 0.9, 1])("both keep their level where p-values are correlated by %d", (correlation) => {
  const draw = createDraw(correlation, createRandom(1));
  let [combined, bounded] = [0, 0];
  const draws = 60_000;
  for (let at = 0; at < draws; at++) {
    const pValues = draw();
    if (combinePValues(pValues) <= 0.01) combined++;
    if (boundPValues(pValues) <= 0.01) bounded++;
  }
  expect(combined / draws / 0.01).toBeLessThan(1.3);
  expect(bounded / draws / 0.01).toBeLessThan(1.1);
  expect(combined).toBeGreaterThanOrEqual(bounded);
});

test("the combined p-value is between the bound and the largest", () => {
  expect(combinePValues([0.01, 0.01, 0.01])).toBeCloseTo(0.01);
  expect(combinePValues([1e-6, 1, 1])).toBeCloseTo(3e-6);
  expect(boundPValues([1e-6, 1, 1])).toBeCloseTo(3e-6);
  expect(combinePValues([0.3])).toBeCloseTo(0.3);
  expect([combinePValues([]), boundPValues([])]).toEqual([1, 1]);
});
