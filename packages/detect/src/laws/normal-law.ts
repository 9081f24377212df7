const SQRT_HALF = Math.SQRT1_2;
const TWO_BY_SQRT_PI = 2 / Math.sqrt(Math.PI);
const ONE_BY_SQRT_PI = 1 / Math.sqrt(Math.PI);

/** P(Z > z) of a standard normal variable, with a relative error below 1e-12 as far as numbers reach. */
export function normalTail(z: number): number {
  if (Number.isNaN(z)) return 1;
  if (z < 0) return 1 - normalTail(-z);
  const x = z * SQRT_HALF;
  return x < 2.5 ? 0.5 * (1 - erfSeries(x)) : 0.5 * erfcFraction(x);
}

/** The z with P(Z > z) = p, for 0 < p < 1. */
export function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  // Abramowitz and Stegun 26.2.23 is right to 4.5e-4; two steps of Halley's method bring it to full precision.
  const t = Math.sqrt(-2 * Math.log(p));
  let z = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (let step = 0; step < 2; step++) {
    const density = Math.exp(-0.5 * z * z) * ONE_BY_SQRT_PI * SQRT_HALF;
    const newton = (normalTail(z) - p) / density;
    z += newton / (1 - 0.5 * z * newton);
  }
  return z;
}

/** A&S 7.1.6: all terms are positive, so that nothing cancels. */
function erfSeries(x: number): number {
  const square = 2 * x * x;
  let term = x;
  let sum = x;
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= square / (2 * n + 1);
    sum += term;
  }
  return TWO_BY_SQRT_PI * Math.exp(-x * x) * sum;
}

/** A&S 7.1.14, from its far end. */
function erfcFraction(x: number): number {
  let fraction = x;
  for (let n = 60; n >= 1; n--) fraction = x + n / 2 / fraction;
  return (ONE_BY_SQRT_PI * Math.exp(-x * x)) / fraction;
}
