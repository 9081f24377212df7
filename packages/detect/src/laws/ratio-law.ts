import type { Side } from "./count-law.ts";
import { betaShare, betaTail } from "./incomplete-beta.ts";
import { logBeta, logGamma } from "./log-gamma.ts";

const MIN_DISPERSION = 1e-9;
/** Beyond it the sum is replaced by the beta law of the same mean and variance. */
const MAX_TERMS = 512;

/**
 * Probability of a part at least as far out as `part` of `whole` where the share `ratio` is expected: the binomial law, or the
 * beta-binomial law whose parts are alike with correlation `dispersion` (variance whole · ratio · (1 − ratio) · (1 + (whole − 1) ·
 * dispersion)). Fractions are rounded; 1 for what is not a number or an empty whole.
 */
export function ratioPValue(part: number, whole: number, ratio: number, dispersion = 0, side: Side = "both"): number {
  const n = Math.round(whole);
  const k = Math.max(0, Math.min(n, Math.round(part)));
  if (!(n > 0 && ratio >= 0 && ratio <= 1) || Number.isNaN(k)) return 1;
  if (side === "upper") return upperTail(k, n, ratio, dispersion);
  const lower = upperTail(n - k, n, 1 - ratio, dispersion);
  return side === "lower" ? lower : Math.min(1, 2 * Math.min(upperTail(k, n, ratio, dispersion), lower));
}

/** P(X ≥ k). */
function upperTail(k: number, n: number, ratio: number, dispersion: number): number {
  if (k === 0 || ratio === 1) return 1;
  if (ratio === 0) return 0;
  if (dispersion < MIN_DISPERSION || n === 1) return betaShare(ratio, k, n - k + 1);
  const strength = 1 / Math.min(dispersion, 0.999) - 1;
  const [a, b] = [ratio * strength, (1 - ratio) * strength];
  const tail = k > n * ratio ? trySum(k, n, a, b) : 1 - (trySum(n - k + 1, n, b, a) ?? Number.NaN);
  if (tail !== undefined && !Number.isNaN(tail)) return Math.max(0, tail);
  // The sum of a beta's and a binomial's variance, with half a step for the rounding.
  const spread = (1 + (n - 1) / (strength + 1)) / n;
  const matched = 1 / spread - 1;
  return betaTail((k - 0.5) / n, ratio * matched, (1 - ratio) * matched);
}

/** P(X = k) + … + P(X = n) of the beta-binomial law; undefined when its terms do not die away soon. */
function trySum(k: number, n: number, a: number, b: number): number | undefined {
  const logChoices = logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
  let term = Math.exp(logChoices + logBeta(k + a, n - k + b) - logBeta(a, b));
  let sum = 0;
  const last = Math.min(n, k + MAX_TERMS);
  for (let i = k; i <= last; i++) {
    sum += term;
    term *= ((n - i) * (i + a)) / ((i + 1) * (n - i - 1 + b));
    if (term < sum * 1e-13) return sum;
  }
  return last === n ? sum : undefined;
}
