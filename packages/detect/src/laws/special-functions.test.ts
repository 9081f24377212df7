import { expect, test } from "vitest";
import { betaShare, betaTail } from "./incomplete-beta.ts";
import { gammaShare, gammaTail } from "./incomplete-gamma.ts";
import { logBeta, logGamma } from "./log-gamma.ts";
import { normalQuantile, normalTail } from "./normal-law.ts";

/** How far apart in relation to the reference; what is too small for a number need only be small. */
function errorOf(value: number, reference: number): number {
  return Math.abs(value - reference) / Math.max(Math.abs(reference), 1e-290);
}

/** Simpson's rule on 20,000 steps. */
function integrate(density: (x: number) => number, from: number, to: number): number {
  const steps = 20_000;
  const width = (to - from) / steps;
  let sum = density(from) + density(to);
  for (let step = 1; step < steps; step++) sum += density(from + step * width) * (step % 2 === 1 ? 4 : 2);
  return (sum * width) / 3;
}

test("logGamma() is the logarithm of factorials, and right at halves", () => {
  let factorial = 0;
  for (let n = 1; n <= 170; n++) {
    expect(Math.abs(logGamma(n) - factorial)).toBeLessThan(1e-13 * Math.max(1, factorial));
    factorial += Math.log(n);
  }
  expect(errorOf(logGamma(0.5), Math.log(Math.PI) / 2)).toBeLessThan(1e-14);
  expect(errorOf(logGamma(1.5), Math.log(Math.PI) / 2 - Math.LN2)).toBeLessThan(1e-13);
  expect(errorOf(logGamma(1e-6), Math.log(1e6) - 0.5772156649e-6)).toBeLessThan(1e-12);
  expect(errorOf(logBeta(2.5, 4), Math.log(integrate((x) => x ** 1.5 * (1 - x) ** 3, 0, 1)))).toBeLessThan(1e-6);
});

test("normalTail() has the known values, far out too", () => {
  for (const [z, p] of [
    [0, 0.5],
    [1, 0.15865525393145707],
    [1.959963984540054, 0.025],
    [3, 0.0013498980316300946],
    [5, 2.866515718791939e-7],
    [10, 7.619853024160527e-24],
    [30, 4.906713927148187e-198],
  ] as const) {
    expect(errorOf(normalTail(z), p)).toBeLessThan(1e-12);
    expect(errorOf(normalTail(-z), 1 - p)).toBeLessThan(1e-14);
  }
  expect(normalTail(Infinity)).toBe(0);
  expect(normalTail(-Infinity)).toBe(1);
  expect(normalTail(Number.NaN)).toBe(1);
});

test("normalQuantile() undoes normalTail()", () => {
  for (const p of [1e-300, 1e-20, 1e-6, 0.01, 0.3, 0.5, 0.7, 0.999])
    expect(errorOf(normalTail(normalQuantile(p)), p)).toBeLessThan(1e-11);
});

test("the gamma law's tails are those of Poisson's sums, and of an integral for a shape with a fraction", () => {
  for (const mean of [0.001, 0.7, 4, 30, 400])
    for (const count of [1, 2, 5, 29, 60, 380, 450]) {
      const terms = Array.from({ length: count + mean + 400 }, (_, k) =>
        Math.exp(k * Math.log(mean) - mean - logGamma(k + 1)),
      );
      const below = terms.slice(0, count).reduce((sum, term) => sum + term, 0);
      const above = terms.slice(count).reduceRight((sum, term) => sum + term, 0);
      expect(errorOf(gammaTail(count, mean), below)).toBeLessThan(1e-10);
      expect(errorOf(gammaShare(count, mean), above)).toBeLessThan(1e-10);
    }
  const density = (x: number): number => Math.exp(1.7 * Math.log(x) - x - logGamma(2.7));
  expect(errorOf(gammaTail(2.7, 6), integrate(density, 6, 80))).toBeLessThan(1e-9);
  expect([gammaTail(3, 0), gammaTail(3, Infinity), gammaShare(3, 0), gammaShare(3, Infinity)]).toEqual([1, 0, 0, 1]);
});

test("a large gamma shape agrees with the smaller ones at the seam", () => {
  for (const z of [-5, -2, 0, 2, 5]) {
    const [below, above] = [19_999.9, 20_000.1].map((a) => gammaTail(a, a + z * Math.sqrt(a)));
    expect(errorOf(below!, above!)).toBeLessThan(1e-3);
  }
});

test("the beta law's shares are those of binomial sums, and of an integral", () => {
  for (const ratio of [0.001, 0.2, 0.5, 0.93])
    for (const [n, k] of [
      [1, 1],
      [10, 3],
      [200, 1],
      [200, 40],
      [200, 190],
    ] as const) {
      const terms = Array.from({ length: n + 1 }, (_, i) => {
        const logChoices = logGamma(n + 1) - logGamma(i + 1) - logGamma(n - i + 1);
        return Math.exp(logChoices + i * Math.log(ratio) + (n - i) * Math.log1p(-ratio));
      });
      const above = terms.slice(k).reduceRight((sum, term) => sum + term, 0);
      const below = terms.slice(0, k).reduce((sum, term) => sum + term, 0);
      expect(errorOf(betaShare(ratio, k, n - k + 1), above)).toBeLessThan(1e-10);
      expect(errorOf(betaTail(ratio, k, n - k + 1), below)).toBeLessThan(1e-10);
    }
  const density = (x: number): number => x ** 1.5 * (1 - x) ** 3.2 * Math.exp(-logBeta(2.5, 4.2));
  expect(errorOf(betaShare(0.3, 2.5, 4.2), integrate(density, 0, 0.3))).toBeLessThan(1e-6);
  expect([betaShare(0, 2, 3), betaShare(1, 2, 3), betaTail(0, 2, 3), betaTail(1, 2, 3)]).toEqual([0, 1, 1, 0]);
});

test("large beta parameters agree with the smaller ones at the seam", () => {
  for (const z of [-4, 0, 4]) {
    const [below, above] = [99_999, 100_001].map((a) => {
      const mean = a / (a + 3e5);
      return betaShare(mean + z * Math.sqrt((mean * (1 - mean)) / (a + 3e5)), a, 3e5);
    });
    expect(errorOf(below!, above!)).toBeLessThan(2e-3);
  }
});
