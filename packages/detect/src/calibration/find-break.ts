import { gammaTail } from "../laws/incomplete-gamma.ts";
import { ParetoTail } from "../laws/pareto-tail.ts";
import { thinTopScores, type TopScores } from "./top-scores.ts";

/** Where a tail begins, the share of all scores in it, and its law. */
export interface TailLaw {
  from: number;
  share: number;
  law: ParetoTail;
}

/** What a break is told by. */
export interface BreakRule {
  /** The least and the largest shape that the law below it may have. */
  shapes: readonly [number, number];
  /** The same of the law of the whole tail, where there is no break. */
  tailShapes: readonly [number, number];
  /** Nats by which scores above it must be rarer than their rank tells, on average; 1 is normal. */
  minNats: number;
}

/** For scores of any law. What ends abruptly is no tail but the edge of another hill. */
export const ANY_LAW: BreakRule = { shapes: [-0.5, Infinity], tailShapes: [-Infinity, Infinity], minNats: 4 };
/** For scores that add up surprises: the −log10 of a probability is exponential, and such sums are nearly. As so much is known, less shows a break. */
export const LAW_OF_SURPRISES: BreakRule = { shapes: [-0.15, 0.05], tailShapes: [-0.1, 0.15], minNats: 3 };

/** A law is fitted to about so many times as many scores as are above the break. */
const REACH = 20;
const LEAST_REACH = 40;
/** Below, most laws are not yet Pareto's. */
export const MAX_REACH_SHARE = 0.3;
const GROWTH = 1.35;
const MIN_POINTS = 12;
/** Below so many nats nothing more is tried. */
const PROMISING_NATS = 1.8;
/** No single score counts for more. */
const MAX_NATS = 14;
const LEVEL = 1e-6;
const MAX_INDEPENDENT = 64;
const STEPS = 4;

/**
 * Finds the point from which on the highest scores of a stream no longer follow the law of those below, as when attacks are among them,
 * and gives the law without them.
 * @param size how many scores the stream has @param trim largest share that may be above the break @param trust as of `ParetoTail.tryFit`
 */
export function tryFindBreak(
  top: TopScores,
  size: number,
  trim: number,
  trust: number,
  { shapes, minNats }: BreakRule = ANY_LAW,
): TailLaw | undefined {
  const { scores, weights } = thinTopScores(top);
  let found: TailLaw | undefined;
  let most = minNats;
  let at = scores.length - 1;
  let above = 0;
  for (let goal = 1; goal <= trim * size; goal = Math.max(goal + 1, goal * GROWTH)) {
    while (at > 0 && above + weights[at]! <= goal + 0.5) above += weights[at--]!;
    const until = Math.min(MAX_REACH_SHARE * size, Math.max(REACH * above, above + LEAST_REACH));
    let first = at;
    let total = above;
    while (first > 0 && total + weights[first]! <= until) total += weights[first--]!;
    if (above === 0 || at - first < MIN_POINTS) continue;
    const from = scores[first]!;
    const below = scores.subarray(first + 1, at + 1).map((score) => score - from);
    const higher = scores.subarray(at + 1).map((score) => score - from);
    const fit = fitBelow(below, weights.subarray(first + 1, at + 1), higher, weights.subarray(at + 1), trust, shapes);
    if (fit === undefined || fit.nats <= most) continue;
    const independent = Math.min(MAX_INDEPENDENT, above * trust);
    if (gammaTail(independent, fit.nats * independent) >= LEVEL) continue;
    most = fit.nats;
    found = { from, share: (total - above + fit.beyond) / size, law: fit.law };
  }
  return found;
}

/** At first as if all the higher ones were of the same law; then, step by step, with as many of them as the law has room for. */
function fitBelow(
  below: Float32Array,
  belowWeights: Float32Array,
  higher: Float32Array,
  higherWeights: Float32Array,
  trust: number,
  shapes: readonly [number, number],
): { law: ParetoTail; nats: number; beyond: number } | undefined {
  const [inside, above] = [sumOf(belowWeights), sumOf(higherWeights)];
  const edge = below.at(-1)!;
  let beyond = above;
  let law = ParetoTail.tryFit(below, belowWeights, trust, beyond, shapes);
  if (law === undefined || natsOf(law, edge, higher, higherWeights) < PROMISING_NATS * above) return undefined;
  for (let step = 0; step < STEPS; step++) {
    const survival = law.survivalOf(edge);
    beyond = Math.min(above, (inside * survival) / (1 - survival));
    law = ParetoTail.tryFit(below, belowWeights, trust, beyond, shapes);
    if (law === undefined) return undefined;
  }
  return { law, nats: natsOf(law, edge, higher, higherWeights) / above, beyond };
}

/** How much rarer the higher scores are than the edge, in nats, all together: for scores of the law itself 1 each on average. */
function natsOf(law: ParetoTail, edge: number, higher: Float32Array, weights: Float32Array): number {
  const atEdge = law.survivalOf(edge);
  let nats = 0;
  for (let at = 0; at < higher.length; at++)
    nats += weights[at]! * Math.min(MAX_NATS, -Math.log(law.survivalOf(higher[at]!) / atEdge));
  return nats;
}

function sumOf(weights: Float32Array): number {
  return weights.reduce((sum, weight) => sum + weight, 0);
}
