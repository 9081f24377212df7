import { expect, test } from "vitest";
import { mergeSketches, Sketch, SKETCH_ACCURACY } from "./sketch.ts";

/** Deterministic log-normal durations around 12 ms. */
function makeDurations(n: number, seed: number): number[] {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 1) / 4294967297;
  };
  return Array.from({ length: n }, () =>
    Math.max(1, Math.round(12_000 * Math.exp(Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random())))),
  );
}

function sketchOf(values: number[]): Sketch {
  const sketch = new Sketch();
  for (const value of values) sketch.add(value);
  return sketch;
}

test.each([0, 0.01, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999, 1])("quantile %f is within 1 % of the exact one", (q) => {
  const values = makeDurations(50_000, 7);
  const exact = values.toSorted((a, b) => a - b)[Math.floor(q * (values.length - 1))]!;
  expect(Math.abs(sketchOf(values).quantile(q) - exact) / exact).toBeLessThanOrEqual(SKETCH_ACCURACY * 1.0001);
});

test("a merged sketch equals the sketch of all values, also over bytes", () => {
  const a = makeDurations(3000, 1);
  const b = makeDurations(40, 2).map((value) => value * 900);
  const c = makeDurations(40, 3).map((value) => Math.ceil(value / 900));
  const all = sketchOf([...a, ...b, ...c]);
  const merged = sketchOf(a);
  merged.merge(sketchOf(b));
  merged.merge(sketchOf(c));
  merged.merge(new Sketch());
  expect(merged.toBytes()).toEqual(all.toBytes());
  expect(mergeSketches([sketchOf(c).toBytes(), sketchOf(a).toBytes(), sketchOf(b).toBytes()])).toEqual(all.toBytes());
  expect(Sketch.parse(all.toBytes()).count).toBe(3080);
});

test("fifty durations take less than 100 bytes", () => {
  expect(sketchOf(makeDurations(50, 9)).toBytes().length).toBeLessThan(100);
});

test("the edges of the range are kept: nothing, 0 µs, and durations of years", () => {
  expect(new Sketch().quantile(0.5)).toBeNaN();
  expect(Sketch.parse(new Sketch().toBytes()).count).toBe(0);
  const sketch = sketchOf([0, 0.4, 1, 65_535, 65_536, 1e18]);
  expect(sketch.count).toBe(6);
  expect(sketch.quantile(0)).toBeCloseTo(0.99, 1);
  expect(Math.abs(sketch.quantile(0.6) / 65_535 - 1)).toBeLessThan(0.011);
  expect(Number.isFinite(sketch.quantile(1))).toBe(true);
  expect(Sketch.parse(sketch.toBytes()).toBytes()).toEqual(sketch.toBytes());
});

test("counts beyond 32 bits survive", () => {
  let bytes = sketchOf([5000]).toBytes();
  for (let i = 0; i < 40; i++) bytes = mergeSketches([bytes, bytes]);
  expect(Sketch.parse(bytes).count).toBe(2 ** 40);
});

test("the stored form of version 1 is frozen", () => {
  expect(Buffer.from(sketchOf([1000, 1000, 1100, 250_000]).toBytes()).toString("hex")).toMatchInlineSnapshot(
    `"01da0294020102089c04"`,
  );
});

test("damaged or newer bytes are refused", () => {
  expect(() => Sketch.parse(Uint8Array.of(2))).toThrow("version 2");
  const good = sketchOf(makeDurations(20, 4)).toBytes();
  expect(() => Sketch.parse(good.subarray(0, 2))).toThrow(RangeError);
  expect(() => Sketch.parse(Uint8Array.of(1, 255, 255, 255, 255, 127, 1, 0))).toThrow(RangeError);
  expect(() => Sketch.parse(Uint8Array.of(1, 5, 0, 200, 1))).toThrow(RangeError);
});

test("countUpTo() counts what lies within bounds, round values on their own side of them", () => {
  const sketch = new Sketch();
  for (const us of [1, 900, 5_000, 200_000, 200_000, 1_000_000, 3_000_000]) sketch.add(us);
  expect(sketch.countUpTo([1, 800, 1_000, 5_000, 190_000, 200_000, 1_000_000, 2 ** 41])).toEqual([
    1, 1, 2, 3, 3, 5, 6, 7,
  ]);
  expect(new Sketch().countUpTo([1, 10])).toEqual([0, 0]);
});
