import type { RandomSource } from "./random-source.ts";

/** Gamma law of a shape and scale 1 (Marsaglia and Tsang, 2000). */
export function drawGamma(random: RandomSource, shape: number): number {
  if (shape < 1) return drawGamma(random, shape + 1) * (1 - random.next()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const z = random.normal();
    const v = (1 + c * z) ** 3;
    if (v > 0 && Math.log(1 - random.next()) < 0.5 * z * z + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** Poisson's law, exactly: a large mean is cut at the time of an earlier event (Ahrens and Dieter, 1974). */
export function drawPoisson(random: RandomSource, mean: number): number {
  let count = 0;
  let rest = mean;
  while (rest > 16) {
    const events = Math.floor(rest * 0.875);
    const time = drawGamma(random, events);
    if (time > rest) return count + drawBinomial(random, events - 1, rest / time);
    count += events;
    rest -= time;
  }
  const least = Math.exp(-rest);
  for (let product = 1 - random.next(); product > least; product *= 1 - random.next()) count++;
  return count;
}

/** Variance mean + dispersion · mean². */
export function drawNegativeBinomial(random: RandomSource, mean: number, dispersion: number): number {
  return drawPoisson(random, dispersion > 0 ? mean * dispersion * drawGamma(random, 1 / dispersion) : mean);
}

/** The binomial law, exactly: a large whole is cut at its median order statistic. */
export function drawBinomial(random: RandomSource, whole: number, share: number): number {
  let count = 0;
  let [left, p] = [whole, share];
  while (left > 16) {
    const a = 1 + (left >> 1);
    const b = left + 1 - a;
    const [x, y] = [drawGamma(random, a), drawGamma(random, b)];
    const middle = x / (x + y);
    if (middle >= p) {
      left = a - 1;
      p /= middle;
    } else {
      count += a;
      left = b - 1;
      p = (p - middle) / (1 - middle);
    }
  }
  for (; left > 0; left--) if (random.chance(p)) count++;
  return count;
}

/** Parts of a whole that are alike with correlation `dispersion`. */
export function drawBetaBinomial(random: RandomSource, whole: number, share: number, dispersion: number): number {
  if (dispersion <= 0) return drawBinomial(random, whole, share);
  const strength = 1 / dispersion - 1;
  const [x, y] = [drawGamma(random, share * strength), drawGamma(random, (1 - share) * strength)];
  return drawBinomial(random, whole, x / (x + y));
}
