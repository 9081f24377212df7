import { expect, test } from "vitest";
import { normalTail } from "../laws/normal-law.ts";
import { SnapshotError } from "../snapshot/snapshot-error.ts";
import { StateReader } from "../snapshot/state-reader.ts";
import { StateWriter } from "../snapshot/state-writer.ts";
import { DriftMartingale } from "./martingale.ts";
import { createRandom } from "./random-stand-in.ts";

test("valid p-values reach 20 in at most one stream of twenty", () => {
  let reached = 0;
  for (let seed = 1; seed <= 200; seed++) {
    const random = createRandom(seed * 7919);
    const martingale = new DriftMartingale();
    let highest = 0;
    for (let at = 0; at < 10_000; at++) {
      martingale.observe(random());
      highest = Math.max(highest, martingale.value);
    }
    if (highest >= 20) reached++;
  }
  expect(reached / 200).toBeLessThanOrEqual(0.05);
});

test("p-values that only come in clusters, or are a little small, are no evidence", () => {
  let reached = 0;
  for (let seed = 1; seed <= 40; seed++) {
    const random = createRandom(seed * 104_729);
    const martingale = new DriftMartingale();
    let [level, highest] = [0, 0];
    for (let at = 0; at < 20_000; at++) {
      level = 0.5 * level + Math.sqrt(0.75 * -2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
      martingale.observe(0.98 * normalTail(level));
      highest = Math.max(highest, martingale.value);
    }
    if (highest >= 20) reached++;
  }
  expect(reached / 40).toBeLessThanOrEqual(0.05);
});

test("on average a bet on a fair p-value wins nothing", () => {
  const martingale = new DriftMartingale();
  for (let at = 0; at < 300; at++) martingale.observe(0.45);
  const before = martingale.value;
  let sum = 0;
  const steps = 1000;
  for (let at = 0; at < steps; at++) {
    const w = new StateWriter("test", 1);
    martingale.write(w);
    const copy = DriftMartingale.read(new StateReader(w.finish(), "test", [1]));
    copy.observe((at + 0.5) / steps);
    sum += copy.value;
  }
  expect(sum / steps / before).toBeLessThan(1);
  expect(sum / steps / before).toBeGreaterThan(0.9);
});

test.each([1000, 50_000])("a shift after %d events is found soon", (before) => {
  const random = createRandom(5);
  const martingale = new DriftMartingale();
  for (let at = 0; at < before; at++) martingale.observe(random());
  expect(martingale.value).toBeLessThan(20);
  let events = 0;
  while (martingale.value < 20 && events < 1000) {
    const z = Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
    martingale.observe(normalTail(z + 1));
    events++;
  }
  expect(events).toBeLessThan(100);
  martingale.reset();
  expect(martingale.value).toBe(1);
});

test("p-values that are too large prove nothing, and what is no p-value is left out", () => {
  const martingale = new DriftMartingale();
  for (const p of [Number.NaN, -1, 2, Infinity]) martingale.observe(p);
  expect(martingale.value).toBe(1);
  for (let at = 0; at < 1000; at++) martingale.observe(1);
  expect(martingale.value).toBeLessThanOrEqual(1);
});

test("the value stays a number, however long a change lasts", () => {
  const martingale = new DriftMartingale();
  for (let at = 0; at < 10_000; at++) martingale.observe(0);
  expect(Number.isFinite(martingale.value)).toBe(true);
});

test("an account below 0 is refused", () => {
  const w = new StateWriter("test", 1);
  w.numbers(Float64Array.of(1, 1, 1, -1));
  w.f64(1);
  w.count(0);
  for (const value of [0, 0.5, 0]) w.f64(value);
  expect(() => DriftMartingale.read(new StateReader(w.finish(), "test", [1]))).toThrow(SnapshotError);
});
