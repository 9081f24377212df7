import { expect, test } from "vitest";
import { countPValue } from "./count-law.ts";
import { logGamma } from "./log-gamma.ts";

/** Probabilities of 0, 1, 2 … of the negative binomial law, or Poisson's. */
function listProbabilities(mean: number, dispersion: number, length: number): number[] {
  const size = 1 / dispersion;
  return Array.from({ length }, (_, k) =>
    dispersion === 0
      ? Math.exp(k * Math.log(mean) - mean - logGamma(k + 1))
      : Math.exp(
          logGamma(k + size) -
            logGamma(k + 1) -
            logGamma(size) +
            k * Math.log(mean / (mean + size)) +
            size * Math.log(size / (mean + size)),
        ),
  );
}

const sum = (values: number[]): number => values.reduceRight((sum, value) => sum + value, 0);

test("countPValue() adds up the probabilities of what is as far out", () => {
  for (const mean of [0.2, 3, 40])
    for (const dispersion of [0, 0.02, 0.5, 3])
      for (const count of [0, 1, 4, 30, 90]) {
        const probabilities = listProbabilities(mean, dispersion, 6000);
        const [lower, upper] = [sum(probabilities.slice(0, count + 1)), sum(probabilities.slice(count))];
        expect(countPValue(count, mean, dispersion, "upper") / upper).toBeCloseTo(1, 8);
        expect(countPValue(count, mean, dispersion, "lower") / lower).toBeCloseTo(1, 8);
        expect(countPValue(count, mean, dispersion) / Math.min(1, 2 * Math.min(lower, upper))).toBeCloseTo(1, 8);
      }
});

test("countPValue() costs bounded work at a million a second", () => {
  expect(countPValue(1_003_000, 1_000_000, 0, "upper")).toBeCloseTo(0.00135, 4);
  expect(countPValue(1_300_000, 1_000_000, 0.01, "upper")).toBeCloseTo(0.0026, 3);
  expect(countPValue(1e15, 1e15)).toBeCloseTo(1, 6);
});

test("countPValue() answers 1 where nothing can be said, and 0 at most where nothing can be", () => {
  expect(countPValue(Number.NaN, 3)).toBe(1);
  expect(countPValue(3, Number.NaN)).toBe(1);
  expect(countPValue(3, -1)).toBe(1);
  expect(countPValue(0, 0)).toBe(1);
  expect(countPValue(3, 0)).toBe(0);
  expect(countPValue(Infinity, 5, 0.1, "upper")).toBe(0);
});
