import { drawGamma, drawPoisson } from "./null-draws.ts";
import type { RandomSource } from "./random-source.ts";

/** A stream in which nothing is anomalous: each call gives the next score. */
export type NullStream = () => number;

/** Light and heavy tails, an end, ties, a skew, dependence in the level and in the spread. */
export const NULL_LAWS: Readonly<Record<string, (random: RandomSource) => NullStream>> = {
  normal: (random) => () => random.normal(),
  Laplace: (random) => () => random.exponential(1) * (random.chance(0.5) ? 1 : -1),
  "t with 2 degrees": (random) => () => drawStudent(random, 2),
  "t with 3 degrees": (random) => () => drawStudent(random, 3),
  lognormal: (random) => () => Math.exp(random.normal()),
  uniform: (random) => () => random.next(),
  exponential: (random) => () => random.exponential(1),
  "Pareto, shape 1": (random) => () => 1 / (1 - random.next()),
  "Bernoulli 0.02": (random) => () => (random.chance(0.02) ? 1 : 0),
  "Poisson 4": (random) => () => drawPoisson(random, 4),
  "AR(1) 0.5": (random) => createAutoregression(random, 0.5),
  "AR(1) 0.9": (random) => createAutoregression(random, 0.9),
  ARCH: createArch,
};

function drawStudent(random: RandomSource, degrees: number): number {
  return random.normal() / Math.sqrt((2 * drawGamma(random, degrees / 2)) / degrees);
}

/** Normal, with this correlation from one to the next. */
function createAutoregression(random: RandomSource, correlation: number): NullStream {
  let level = random.normal();
  const share = Math.sqrt(1 - correlation * correlation);
  return () => (level = correlation * level + share * random.normal());
}

/** Uncorrelated, yet large values follow large ones. */
function createArch(random: RandomSource): NullStream {
  let value = random.normal();
  return () => (value = random.normal() * Math.sqrt(0.5 + 0.5 * value * value));
}
