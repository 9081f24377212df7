import { gammaShare, gammaTail } from "./incomplete-gamma.ts";
import { betaShare, betaTail } from "./incomplete-beta.ts";

/** `both`: twice the smaller tail, at most 1. */
export type Side = "upper" | "lower" | "both";

/** Below it a negative binomial law cannot be told from Poisson's. */
const MIN_DISPERSION = 1e-9;

const MAX_COUNT = Number.MAX_SAFE_INTEGER;

/**
 * Probability of a count at least as far out as `count` where `mean` is expected: Poisson's law, or the negative binomial law with
 * variance mean + dispersion · mean². A fraction of a count is rounded; 1 for what is not a number.
 */
export function countPValue(count: number, mean: number, dispersion = 0, side: Side = "both"): number {
  if (!(mean >= 0) || Number.isNaN(count)) return 1;
  const whole = Math.round(Math.max(0, Math.min(MAX_COUNT, count)));
  if (side === "upper") return upperTail(whole, mean, dispersion);
  if (side === "lower") return lowerTail(whole, mean, dispersion);
  return Math.min(1, 2 * Math.min(upperTail(whole, mean, dispersion), lowerTail(whole, mean, dispersion)));
}

/** P(X ≥ count). */
function upperTail(count: number, mean: number, dispersion: number): number {
  if (count === 0) return 1;
  if (dispersion < MIN_DISPERSION) return gammaShare(count, mean);
  const size = 1 / dispersion;
  return betaShare(mean / (mean + size), count, size);
}

/** P(X ≤ count). */
function lowerTail(count: number, mean: number, dispersion: number): number {
  if (dispersion < MIN_DISPERSION) return gammaTail(count + 1, mean);
  const size = 1 / dispersion;
  return betaTail(mean / (mean + size), count + 1, size);
}
