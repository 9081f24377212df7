import { describe, expect, test } from "vitest";
import { SnapshotError } from "../snapshot/snapshot-error.ts";
import { StateReader } from "../snapshot/state-reader.ts";
import { StateWriter } from "../snapshot/state-writer.ts";
import { createRandom } from "./random-stand-in.ts";
import { ScoreCalibrator } from "./score-calibrator.ts";
import { SketchCalibrator } from "./sketch-calibrator.ts";

const LAWS: Record<string, (random: () => number) => number> = {
  exponential: (random) => -Math.log(random()),
  uniform: (random) => random(),
  "Pareto of shape 1": (random) => 1 / random(),
  "a rare event": (random) => (random() < 0.03 ? 1 : 0),
};

describe.each([ScoreCalibrator, SketchCalibrator])("%o", (Calibrator) => {
  function snapshotOf(calibrator: ScoreCalibrator | SketchCalibrator): Uint8Array {
    const w = new StateWriter("test", 1);
    calibrator.write(w);
    return w.finish();
  }

  function restore(snapshot: Uint8Array): ScoreCalibrator | SketchCalibrator {
    const r = new StateReader(snapshot, "test", [1]);
    const restored = Calibrator.read(r);
    r.end();
    return restored;
  }

  test("nothing is rare while nothing is known", () => {
    const calibrator = new Calibrator();
    expect(calibrator.pValueOf(1e9)).toBe(1);
    calibrator.add(1);
    expect(calibrator.pValueOf(2)).toBe(1 / 2);
    expect(calibrator.pValueOf(1)).toBe(1);
    expect(calibrator.surpriseOf(2)).toBeCloseTo(Math.log10(2));
    expect(calibrator.pValueOf(Number.NaN)).toBe(1);
  });

  test.each([
    ["exponential", 0.8e-2],
    ["uniform", 0.8e-2],
    ["Pareto of shape 1", 0.8e-2],
    ["a rare event", 0],
  ])("scores of the law %s are at or below a level about as often as it says", (name, least) => {
    let [hundredths, thousandths, judged] = [0, 0, 0];
    for (let seed = 1; seed <= 5; seed++) {
      const random = createRandom(seed);
      const calibrator = new Calibrator();
      for (let at = 0; at < 21_000; at++) {
        const score = LAWS[name]!(random);
        const p = calibrator.pValueOf(score);
        calibrator.add(score);
        if (at < 1000) continue;
        judged++;
        if (p <= 1e-2) hundredths++;
        if (p <= 1e-3) thousandths++;
      }
    }
    expect(hundredths / judged).toBeGreaterThanOrEqual(least);
    expect(hundredths / judged).toBeLessThan(1.15e-2);
    expect(thousandths / judged).toBeLessThan(1.4e-3);
  });

  test("a p-value falls as the score rises, and never reaches 0", () => {
    const random = createRandom(9);
    for (const draw of Object.values(LAWS)) {
      const calibrator = new Calibrator();
      for (let at = 0; at < 5000; at++) calibrator.add(draw(random));
      let last = 1;
      for (const score of [-Infinity, -1, 0, 0.5, 0.9, 0.99, 1, 2, 3, 5, 8, 13, 1e2, 1e3, 1e4, 1e6, 1e300, Infinity]) {
        const p = calibrator.pValueOf(score);
        expect(p).toBeGreaterThan(0);
        expect(p).toBeLessThanOrEqual(last);
        last = p;
      }
    }
  });

  test("beyond scores that are all alike nothing is extrapolated", () => {
    const calibrator = new Calibrator();
    for (let at = 0; at < 999; at++) calibrator.add(at % 50 === 0 ? 1 : 0);
    expect(calibrator.pValueOf(1)).toBeCloseTo(0.021, 3);
    expect(calibrator.pValueOf(2)).toBe(1 / (1 + calibrator.size));
  });

  test("old scores are forgotten", () => {
    const calibrator = new Calibrator();
    const random = createRandom(3);
    for (let at = 0; at < 1000; at++) calibrator.add(1000 + random());
    for (let at = 0; at < 10_000; at++) calibrator.add(random());
    expect(calibrator.pValueOf(10)).toBeLessThan(1e-3);
  });

  test("scores that are not finite are taken in bounds", () => {
    const calibrator = new Calibrator();
    for (let at = 0; at < 3000; at++) calibrator.add([Number.NaN, Infinity, -Infinity, 0][at % 4]!);
    expect(calibrator.size).toBeLessThanOrEqual(2250);
    expect(calibrator.pValueOf(Infinity)).toBeCloseTo(1 / 3, 2);
    expect(calibrator.pValueOf(1)).toBeCloseTo(1 / 3, 1);
  });

  test("a restored calibrator goes on exactly as the first one does", () => {
    const random = createRandom(5);
    const calibrator = new Calibrator();
    for (let at = 0; at < 7000; at++) {
      const score = -Math.log(random());
      calibrator.pValueOf(score);
      calibrator.add(score);
    }
    const copy = restore(snapshotOf(calibrator));
    for (let at = 0; at < 7000; at++) {
      const score = -Math.log(random());
      expect(copy.pValueOf(score)).toBe(calibrator.pValueOf(score));
      copy.add(score);
      calibrator.add(score);
    }
  });
});

test("a merged calibrator has the scores of both", () => {
  const random = createRandom(6);
  for (const [first, second] of [
    [20_000, 10_000],
    [300, 20_000],
    [100, 0],
  ] as const) {
    const [a, b] = [new ScoreCalibrator(), new ScoreCalibrator()];
    for (let at = 0; at < first; at++) a.add(random());
    for (let at = 0; at < second; at++) b.add(random());
    const size = a.size + b.size;
    a.merge(b);
    expect(a.size).toBe(size);
    for (const share of [0.5, 0.1, 0.02]) expect(Math.abs(a.pValueOf(1 - share) / share - 1)).toBeLessThan(0.35);
    expect(a.pValueOf(2)).toBeLessThan(1.5e-2);
  }
});

test("merged sketches have the weight of both", () => {
  const random = createRandom(6);
  const [a, b] = [new SketchCalibrator(), new SketchCalibrator()];
  for (let at = 0; at < 20_000; at++) a.add(random());
  for (let at = 0; at < 300; at++) b.add(1 + random());
  const size = a.size + b.size;
  a.merge(b);
  expect(a.size).toBeCloseTo(size);
  expect((a.pValueOf(1) * size) / b.size).toBeCloseTo(1, 1);
});

test.each([
  ["scores out of order", [1024, 2], [Float32Array.of(2, 1), Float32Array.of(1, 2)]],
  ["fewer scores than it says", [1024, 3], [Float32Array.of(1, 2), Float32Array.of(1, 2)]],
  ["scores that are no numbers", [1024, 1], [Float32Array.of(Number.NaN), Float32Array.of(1)]],
])("a snapshot with %s is refused", (_, [epochLength, size], lists) => {
  const w = new StateWriter("test", 1);
  w.count(3072);
  w.f64(0);
  w.count(epochLength!);
  w.u32(7);
  w.count(size!);
  for (const list of lists) w.numbers(list);
  expect(() => ScoreCalibrator.read(new StateReader(w.finish(), "test", [1]))).toThrow(SnapshotError);
});

describe("scores that add up surprises", () => {
  const exponential = (random: () => number): number => -Math.log(random());

  /** The p-value of a score of 20 after as many scores, a share of them attacks. */
  function judgeAfter(next: (random: () => number) => number, count: number): number {
    const random = createRandom(3);
    const calibrator = new ScoreCalibrator({ addsSurprises: true });
    for (let at = 0; at < count; at++) calibrator.add(next(random));
    return calibrator.pValueOf(20);
  }

  test("attacks among them do not make the next one usual", () => {
    const poisoned = (random: () => number): number => (random() < 0.002 ? 12 + 16 * random() : exponential(random));
    expect(judgeAfter(poisoned, 20_000)).toBeLessThan(1e-5);
  });

  test("a tail that is as heavy from its beginning on is no attack", () => {
    const heavy = (random: () => number): number => 4 * (random() ** -0.3 - 1);
    expect(judgeAfter(heavy, 20_000)).toBeGreaterThan(5e-4);
  });

  test("a tail that is heavier than such sums have is believed once the scores say so", () => {
    let flagged = 0;
    for (const seed of [1, 2, 3, 4]) {
      const random = createRandom(seed);
      const calibrator = new ScoreCalibrator({ addsSurprises: true, trim: 0 });
      for (let at = 0; at < 22_000; at++) {
        const score = 2 * (random() ** -0.5 - 1);
        if (at >= 2_000 && calibrator.pValueOf(score) <= 1e-3) flagged++;
        calibrator.add(score);
      }
    }
    expect(flagged / 80).toBeLessThan(1.5);
  });
});
