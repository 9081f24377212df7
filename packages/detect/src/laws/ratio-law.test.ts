import { expect, test } from "vitest";
import { logBeta, logGamma } from "./log-gamma.ts";
import { ratioPValue } from "./ratio-law.ts";

function probabilityOf(k: number, n: number, ratio: number, dispersion: number): number {
  const logChoices = logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
  if (dispersion === 0) return Math.exp(logChoices + k * Math.log(ratio) + (n - k) * Math.log1p(-ratio));
  const strength = 1 / dispersion - 1;
  const [a, b] = [ratio * strength, (1 - ratio) * strength];
  return Math.exp(logChoices + logBeta(k + a, n - k + b) - logBeta(a, b));
}

function sumFrom(from: number, to: number, n: number, ratio: number, dispersion: number): number {
  let sum = 0;
  for (let k = from; k <= to; k++) sum += probabilityOf(k, n, ratio, dispersion);
  return sum;
}

/** In relation to the reference; what is too small for a number need only be small. */
function errorOf(value: number, reference: number): number {
  return Math.abs(value - reference) / Math.max(reference, 1e-290);
}

test("ratioPValue() adds up the probabilities of what is as far out", () => {
  for (const ratio of [0.002, 0.1, 0.5, 0.97])
    for (const dispersion of [0, 0.001, 0.05, 0.4])
      for (const [part, whole] of [
        [0, 30],
        [1, 1],
        [7, 30],
        [30, 30],
        [40, 400],
        [390, 400],
      ] as const) {
        const lower = sumFrom(0, part, whole, ratio, dispersion);
        const upper = sumFrom(part, whole, whole, ratio, dispersion);
        const nearer = Math.min(1, 2 * Math.min(lower, upper));
        expect(errorOf(ratioPValue(part, whole, ratio, dispersion, "upper"), upper)).toBeLessThan(1e-6);
        expect(errorOf(ratioPValue(part, whole, ratio, dispersion, "lower"), lower)).toBeLessThan(1e-6);
        expect(errorOf(ratioPValue(part, whole, ratio, dispersion), nearer)).toBeLessThan(1e-6);
      }
});

test("ratioPValue() of a large whole is near the sum, at a bounded cost", () => {
  for (const [part, whole, ratio, dispersion] of [
    [7000, 60_000, 0.1, 0.002],
    [900, 20_000, 0.03, 0.01],
    [60, 100_000, 0.0001, 0.0001],
  ] as const) {
    const upper = sumFrom(part, whole, whole, ratio, dispersion);
    expect(ratioPValue(part, whole, ratio, dispersion, "upper") / upper).toBeGreaterThan(0.8);
    expect(ratioPValue(part, whole, ratio, dispersion, "upper") / upper).toBeLessThan(1.25);
  }
  expect(ratioPValue(501_500, 1_000_000, 0.5, 0, "upper")).toBeCloseTo(0.00135, 4);
});

test("ratioPValue() answers 1 where nothing can be said", () => {
  for (const [part, whole, ratio] of [
    [1, 0, 0.5],
    [Number.NaN, 5, 0.5],
    [1, Number.NaN, 0.5],
    [1, 5, Number.NaN],
    [1, 5, 1.5],
  ] as const)
    expect(ratioPValue(part, whole, ratio)).toBe(1);
  expect(ratioPValue(3, 5, 0)).toBe(0);
  expect(ratioPValue(5, 5, 1)).toBe(1);
  expect(ratioPValue(9, 5, 0.5, 0, "upper")).toBeCloseTo(1 / 32);
});
