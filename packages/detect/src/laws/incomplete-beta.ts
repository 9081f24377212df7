import { logBeta } from "./log-gamma.ts";
import { normalTail } from "./normal-law.ts";

const EPSILON = 1e-15;
const TINY = 1e-300;
const MAX_TERMS = 2000;
const LARGE = 100_000;

/** I_x(a, b), the share of the beta law of a, b > 0 below x. */
export function betaShare(x: number, a: number, b: number): number {
  if (!(x > 0)) return 0;
  if (x >= 1) return 1;
  if (Math.min(a, b) > LARGE) return normalTail(-cubeRoots(x, a, b));
  return x < (a + 1) / (a + b + 2) ? continuedFraction(x, a, b) : 1 - continuedFraction(1 - x, b, a);
}

/** 1 − I_x(a, b), without losing its small values. */
export function betaTail(x: number, a: number, b: number): number {
  return betaShare(1 - x, b, a);
}

/** Abramowitz and Stegun 26.5.22: as good as exact for a and b that large, and no slower than for small ones. */
function cubeRoots(x: number, a: number, b: number): number {
  const [low, high] = [Math.cbrt(b * x), Math.cbrt(a * (1 - x))];
  return (3 * (low * (1 - 1 / (9 * b)) - high * (1 - 1 / (9 * a)))) / Math.sqrt((low * low) / b + (high * high) / a);
}

/** A&S 26.5.8 by Lentz's method. */
function continuedFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / (1 - ((a + b) * x) / (a + 1) || TINY);
  let product = d;
  for (let n = 1; n <= MAX_TERMS; n++) {
    const even = (n * (b - n) * x) / ((a + 2 * n - 1) * (a + 2 * n));
    d = 1 / (1 + even * d || TINY);
    c = 1 + even / c || TINY;
    product *= c * d;
    const odd = (-(a + n) * (a + b + n) * x) / ((a + 2 * n) * (a + 2 * n + 1));
    d = 1 / (1 + odd * d || TINY);
    c = 1 + odd / c || TINY;
    product *= c * d;
    if (Math.abs(c * d - 1) < EPSILON) break;
  }
  const logFront = a * Math.log(x) + b * Math.log1p(-x) - logBeta(a, b);
  return Math.min(1, (product * Math.exp(logFront)) / a);
}
