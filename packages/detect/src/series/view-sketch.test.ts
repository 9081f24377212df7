import { expect, test } from "vitest";
import { createRandom } from "../calibration/random-stand-in.ts";
import { SeriesMemory } from "./series-memory.ts";
import { SKETCH_COUNTS, SKETCH_NUMBERS, ViewSketch } from "./view-sketch.ts";

function createSketch(): ViewSketch {
  return new ViewSketch(new SeriesMemory({ numbers: SKETCH_NUMBERS, floats: 0, counts: SKETCH_COUNTS }));
}

function fill(count: number, draw: () => number): ViewSketch {
  const sketch = createSketch();
  for (let index = 0; index < count; index++) sketch.add(draw());
  return sketch;
}

test("nothing is rare while nothing is known", () => {
  expect(createSketch().pValueOf(1e6)).toBe(1);
});

test.each([
  ["exponential", (random: () => number) => -Math.log(random()), (x: number) => Math.exp(-x)],
  ["Pareto of shape 3", (random: () => number) => random() ** (-1 / 3), (x: number) => x ** -3],
])(
  "p-values of the %s law are right to within a bucket, and cautious beyond what was seen",
  (_name, draw, survival) => {
    const random = createRandom(3);
    const sketch = fill(20_000, () => draw(random));
    for (const score of [1.5, 2, 3, 4]) {
      expect(sketch.pValueOf(score) / survival(score)).toBeGreaterThan(0.8);
      expect(sketch.pValueOf(score) / survival(score)).toBeLessThan(2);
    }
    expect(sketch.pValueOf(14)).toBeGreaterThan(0.3 * survival(14));
  },
);

test("a p-value falls as the score rises, and never reaches 0", () => {
  const random = createRandom(4);
  const sketch = fill(5000, () => -Math.log(random()));
  let last = 1;
  for (const score of [0, 1e-9, 0.1, 1, 2, 4, 8, 16, 64, 1e4, 1e7, 1e12, Infinity]) {
    const p = sketch.pValueOf(score);
    expect(p).toBeGreaterThan(0);
    expect(p).toBeLessThanOrEqual(last);
    last = p;
  }
});

test("a rare score that is always the same is as rare as it has been", () => {
  let at = 0;
  const sketch = fill(10_000, () => (at++ % 100 === 0 ? 500 : 0.01));
  expect(sketch.pValueOf(500)).toBeCloseTo(0.01, 3);
});

test("old scores are halved, and what was seen once is not forgotten at the first time", () => {
  const sketch = createSketch();
  for (let index = 0; index < 100; index++) sketch.add(1000);
  for (let index = 0; index < 30_000; index++) sketch.add(1);
  expect(sketch.seen).toBeLessThanOrEqual(20_000);
  expect(sketch.pValueOf(1000)).toBeLessThan(4e-3);
  expect(sketch.pValueOf(900)).toBeGreaterThan(5e-4);
});

test("the score of a share is exceeded by about that share", () => {
  const random = createRandom(5);
  const score = fill(10_000, () => -Math.log(random())).scoreAt(0.01);
  expect(score).toBeGreaterThan(-Math.log(0.01) * 0.9);
  expect(score).toBeLessThan(-Math.log(0.01) * 1.25);
});
