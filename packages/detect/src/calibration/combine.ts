/**
 * One p-value for several of the same thing, each weighed alike: their harmonic mean. Under Gaussian and t dependence of any strength it
 * keeps its level to within a fifth (measured by the benchmark of the detectors), and it loses nothing when all say the same. The worst
 * dependence that anybody could construct costs a factor of e · ln n (Vovk and Wang, Biometrika 107, 2020): where that matters, use
 * `boundPValues`.
 */
export function combinePValues(pValues: readonly number[]): number {
  let sum = 0;
  for (const p of pValues) sum += 1 / p;
  return sum > 0 ? Math.min(1, pValues.length / sum) : 1;
}

/** One p-value for several, valid whatever their dependence (Bonferroni): n times the smallest. */
export function boundPValues(pValues: readonly number[]): number {
  let least = 1;
  for (const p of pValues) least = Math.min(least, p);
  return Math.min(1, least * Math.max(1, pValues.length));
}
