const HALF_LOG_TWO_PI = 0.9189385332046727;

/** ln Γ(x) for x > 0, to about 1e-14: Stirling's series once x has been raised above 9 by Γ(x + 1) = x Γ(x). */
export function logGamma(x: number): number {
  let product = 1;
  let raised = x;
  while (raised < 9) product *= raised++;
  const square = 1 / (raised * raised);
  const series =
    (1 / 12 -
      square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square * (1 / 1188 - square * (691 / 360_360)))))) /
    raised;
  return (raised - 0.5) * Math.log(raised) - raised + HALF_LOG_TWO_PI + series - Math.log(product);
}

/** ln of the beta function B(a, b), for a, b > 0. */
export function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}
