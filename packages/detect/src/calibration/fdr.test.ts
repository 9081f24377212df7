import { expect, test } from "vitest";
import { normalTail } from "../laws/normal-law.ts";
import { SnapshotError } from "../snapshot/snapshot-error.ts";
import { StateReader } from "../snapshot/state-reader.ts";
import { StateWriter } from "../snapshot/state-writer.ts";
import { FdrControl, type FdrMethod } from "./fdr.ts";
import { createRandom } from "./random-stand-in.ts";

function createStream(prevalence: number, shift: number, seed: number): () => { pValue: number; isAnomaly: boolean } {
  const random = createRandom(seed);
  return () => {
    const isAnomaly = random() < prevalence;
    const z = Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
    return { pValue: normalTail(z + (isAnomaly ? shift : 0)), isAnomaly };
  };
}

test.each([
  ["lord", 0.7],
  ["saffron", 0.7],
  ["e-lond", 0.4],
] as const)("%s keeps false discoveries under the target and finds most anomalies", (method, least) => {
  let [falseShare, found, anomalies] = [0, 0, 0];
  const streams = 10;
  for (let seed = 1; seed <= streams; seed++) {
    const draw = createStream(0.001, 5.3, seed);
    const control = new FdrControl({ target: 0.1, method });
    let [right, wrong] = [0, 0];
    for (let at = 0; at < 30_000; at++) {
      const { pValue, isAnomaly } = draw();
      if (isAnomaly) anomalies++;
      if (!control.decide(pValue).reject) continue;
      if (isAnomaly) right++;
      else wrong++;
    }
    falseShare += wrong / Math.max(1, right + wrong) / streams;
    found += right;
  }
  expect(falseShare).toBeLessThanOrEqual(0.1);
  expect(found / anomalies).toBeGreaterThanOrEqual(least);
});

test.each<FdrMethod>(["lord", "saffron", "e-lond"])("%s hardly ever rejects where nothing is anomalous", (method) => {
  let streams = 0;
  for (let seed = 1; seed <= 40; seed++) {
    const draw = createStream(0, 0, seed);
    const control = new FdrControl({ method });
    for (let at = 0; at < 5000; at++) control.decide(draw().pValue);
    if (control.discoveries > 0) streams++;
  }
  expect(streams / 40).toBeLessThanOrEqual(0.15);
});

/** LORD++ as its paper states it, with every discovery remembered. */
function lordLevel(target: number, now: number, discoveries: readonly number[]): number {
  const spread = (j: number): number => (0.3 / 1000) * (1 + j / 1000) ** -1.3;
  return (
    target * discoveries.reduce((sum, at, index) => sum + (index === 0 ? 0.5 : 1) * spread(now - at), 0.5 * spread(now))
  );
}

test("levels are never above those that the paper allows, however many discoveries there were", () => {
  const control = new FdrControl({ method: "lord" });
  const discoveries: number[] = [];
  let share = 1;
  for (let now = 1; now <= 20_000; now++) {
    const { reject, level } = control.decide(now % 50 === 0 ? 0 : 1);
    const allowed = lordLevel(0.1, now, discoveries);
    expect(level).toBeLessThanOrEqual(allowed);
    share = level / allowed;
    if (reject) discoveries.push(now);
  }
  expect(discoveries).toHaveLength(400);
  expect(share).toBeGreaterThan(0.6);
});

test("the spread budget adds up to at most one", () => {
  let sum = 0;
  for (let j = 1; j < 3_000_000; j++) sum += (0.3 / 1000) * (1 + j / 1000) ** -1.3;
  expect(sum).toBeLessThan(1);
});

test("a p-value that is not a number is no discovery", () => {
  expect(new FdrControl().decide(Number.NaN).reject).toBe(false);
});

test("a restored control goes on exactly as the first one does", () => {
  for (const method of ["lord", "saffron", "e-lond"] as const) {
    const draw = createStream(0.01, 5, 3);
    const control = new FdrControl({ method, target: 0.2 });
    for (let at = 0; at < 10_000; at++) control.decide(draw().pValue);
    const w = new StateWriter("test", 1);
    control.write(w);
    const r = new StateReader(w.finish(), "test", [1]);
    const copy = FdrControl.read(r);
    r.end();
    expect(copy.discoveries).toBeGreaterThan(20);
    for (let at = 0; at < 5000; at++) {
      const { pValue } = draw();
      expect(copy.decide(pValue)).toEqual(control.decide(pValue));
    }
  }
});

test("a method that there is not is refused", () => {
  const w = new StateWriter("test", 1);
  w.u8(9);
  expect(() => FdrControl.read(new StateReader(w.finish(), "test", [1]))).toThrow(SnapshotError);
});
