import { expect, test } from "vitest";
import { createRandom } from "../calibration/random-stand-in.ts";
import { ParetoTail } from "./pareto-tail.ts";

/** A generalised Pareto sample of scale 1, ascending. */
function sample(shape: number, size: number, seed: number): number[] {
  const random = createRandom(seed);
  const draw = (): number => (shape === 0 ? -Math.log(random()) : (random() ** -shape - 1) / shape);
  return Array.from({ length: size }, draw).sort((a, b) => a - b);
}

const survivalOf = (shape: number, x: number): number =>
  shape === 0 ? Math.exp(-x) : Math.max(0, 1 + shape * x) ** (-1 / shape);

test.each([-0.4, 0, 0.5, 1])("a fit finds the shape %d again", (shape) => {
  const law = ParetoTail.tryFit(sample(shape, 5000, 1))!;
  expect(law.shape).toBeCloseTo(shape, 1);
  for (const x of [0.1, 0.5, 1, 2]) expect(law.survivalOf(x)).toBeCloseTo(survivalOf(shape, x), 1.5);
});

test.each([0, 0.5])(
  "averaged over fits to 40 exceedances of shape %d, what is called one in 200 is at most 1.8 in 200",
  (shape) => {
    let hits = 0;
    const fits = 400;
    for (let seed = 1; seed <= fits; seed++) {
      const law = ParetoTail.tryFit(sample(shape, 40, seed))!;
      let [low, high] = [0, 1e6];
      for (let step = 0; step < 60; step++) {
        const middle = (low + high) / 2;
        if (law.survivalOf(middle) > 0.005) low = middle;
        else high = middle;
      }
      hits += survivalOf(shape, high);
    }
    expect(hits / fits / 0.005).toBeGreaterThan(0.5);
    expect(hits / fits / 0.005).toBeLessThan(1.8);
  },
);

test("the survival falls from 1 and never reaches 0, also where a law would end", () => {
  for (const shape of [-0.8, 0, 1.5]) {
    const law = ParetoTail.tryFit(sample(shape, 200, 3))!;
    let last = 1;
    for (const x of [-1, 0, 1e-9, 0.01, 0.1, 0.5, 1, 1.2, 2, 10, 1e3, 1e30, Infinity]) {
      expect(law.survivalOf(x)).toBeLessThanOrEqual(last);
      expect((last = law.survivalOf(x))).toBeGreaterThan(0);
    }
    expect(last).toBeLessThan(1e-4);
    expect(law.survivalOf(Number.NaN)).toBe(1);
  }
});

test("what cannot be fitted is not", () => {
  for (const values of [[], [1, 2, 3], Array.from({ length: 50 }, () => 1), Array.from({ length: 50 }, () => 0)])
    expect(ParetoTail.tryFit(values)).toBeUndefined();
});
