import { describe, expect, it } from "vitest";
import { NumberSketch } from "./number-sketch.ts";

function fill(values: readonly number[]): NumberSketch {
  const sketch = new NumberSketch();
  for (const value of values) sketch.add(value);
  return sketch;
}

const EVEN = Array.from({ length: 1_000 }, (_, index) => 10 + index / 10);

describe("the sketch of numbers", () => {
  it("knows quantiles to within some percent", () => {
    const sketch = fill(EVEN);
    for (const share of [0.1, 0.5, 0.9]) expect(sketch.quantile(share) / (10 + share * 100)).toBeCloseTo(1, 1);
  });

  it("is surprised by what lies far out, the more the farther, on both sides", () => {
    const sketch = fill(EVEN);
    const [inside, edge, beyond, far] = [60, 109, 200, 9_400].map((value) => sketch.surpriseOf(value));
    expect(inside).toBeLessThan(0.5);
    expect(edge!).toBeGreaterThan(1);
    expect(beyond!).toBeGreaterThan(3);
    expect(far!).toBeGreaterThan(beyond!);
    expect(sketch.surpriseOf(0.01)).toBeGreaterThan(3);
    expect(sketch.surpriseOf(-50)).toBeGreaterThan(3);
  });

  it.each([[0], [-1e300], [1e300], [5e-324]])("takes %d, and what comes after it", (value) => {
    const sketch = fill([...EVEN, value, ...EVEN]);
    expect(sketch.size).toBe(2_001);
    expect(sketch.quantile(0.5)).toBeGreaterThan(1);
  });

  it("is moved only a little by hostile values", () => {
    const sketch = fill(EVEN);
    for (let left = 5; left > 0; left--) sketch.addStrange(1e9);
    expect(sketch.surpriseOf(1e9)).toBeGreaterThan(3);
    expect(sketch.surpriseOf(200)).toBeGreaterThan(1.5);
    expect(sketch.quantile(0.9)).toBeLessThan(130);
  });

  it("says nothing while it knows nothing", () => {
    expect(fill([1, 2]).surpriseOf(1e9)).toBe(0);
  });

  it("a few values tell little of how rare the next one beyond them is", () => {
    const few = new NumberSketch();
    const many = new NumberSketch();
    // The quantiles of an exponential law, with its own lowest ones left out of the few.
    for (let at = 1; at <= 40; at++) few.add(-80 * Math.log(1 - at / 50));
    for (let at = 1; at < 4_000; at++) many.add(-80 * Math.log(1 - at / 4_000));
    expect(few.surpriseOf(0.2)).toBeLessThan(4);
    expect(few.surpriseOf(9_400)).toBeGreaterThan(3);
    expect(many.surpriseOf(9_400)).toBeGreaterThan(6);
  });
});
