import { logGamma } from "./log-gamma.ts";
import { normalTail } from "./normal-law.ts";

const EPSILON = 1e-15;
const TINY = 1e-300;
const MAX_TERMS = 2000;
/** Above it, the normal law of Wilson and Hilferty's cube root is right to about 1e-5 where it matters, and costs the same for any size. */
const LARGE_SHAPE = 20_000;

/** Q(a, x) = Γ(a, x) / Γ(a), the upper tail of the gamma law of shape a > 0 at x ≥ 0. */
export function gammaTail(a: number, x: number): number {
  if (!(x > 0)) return 1;
  if (x === Infinity) return 0;
  if (a > LARGE_SHAPE) return normalTail(wilsonHilferty(a, x));
  return x < a + 1 ? 1 - series(a, x) : continuedFraction(a, x);
}

/** P(a, x) = 1 − Q(a, x), without losing its small values. */
export function gammaShare(a: number, x: number): number {
  if (!(x > 0)) return 0;
  if (x === Infinity) return 1;
  if (a > LARGE_SHAPE) return normalTail(-wilsonHilferty(a, x));
  return x < a + 1 ? series(a, x) : 1 - continuedFraction(a, x);
}

/** Abramowitz and Stegun 26.4.14, for a gamma law. */
function wilsonHilferty(a: number, x: number): number {
  return (Math.cbrt(x / a) - 1 + 1 / (9 * a)) * 3 * Math.sqrt(a);
}

function density(a: number, x: number): number {
  return Math.exp(a * Math.log(x) - x - logGamma(a));
}

/** A&S 6.5.29. */
function series(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n <= MAX_TERMS && term > sum * EPSILON; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return Math.min(1, sum * density(a, x));
}

/** A&S 6.5.31, contracted to its even part, by Lentz's method. */
function continuedFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1 / TINY;
  let d = 1 / b;
  let product = d;
  for (let n = 1; n <= MAX_TERMS; n++) {
    const step = n * (a - n);
    b += 2;
    d = 1 / (step * d + b || TINY);
    c = b + step / c || TINY;
    const factor = c * d;
    product *= factor;
    if (Math.abs(factor - 1) < EPSILON) break;
  }
  return Math.min(1, product * density(a, x));
}
