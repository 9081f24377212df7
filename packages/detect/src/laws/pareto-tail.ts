/** Strength of the prior and its place, after Zhang and Stephens (2009), who give 3 and the lower quartile. */
const PRIOR = 3;
const MAX_NODES = 8;
const MIN_WEIGHT = 1e-3;
const MIN_SIZE = 8;
const FLAT = 1e-3;
const ANY_SHAPE = [-Infinity, Infinity] as const;

/**
 * The generalised Pareto law of exceedances over a high threshold, with its parameters left uncertain: the survival is averaged over
 * the posterior of Zhang and Stephens (Technometrics 51, 2009) for the scale, and over the conjugate gamma law for the shape given the
 * scale. A plug-in fit would promise too much as soon as it is extrapolated.
 */
export class ParetoTail {
  /** How many exceedances it was fitted to, or their weight in all. */
  readonly size: number;
  /** The largest log-likelihood that the parameters in question give the exceedances. */
  readonly logLikelihood: number;
  readonly #thetas: readonly number[];
  readonly #shapes: readonly number[];
  readonly #weights: readonly number[];

  private constructor(size: number, logLikelihood: number, thetas: number[], shapes: number[], weights: number[]) {
    this.size = size;
    this.logLikelihood = logLikelihood;
    this.#thetas = thetas;
    this.#shapes = shapes;
    this.#weights = weights;
  }

  /**
   * @param exceedances ascending and above 0
   * @param weights how many observations each stands for @default 1 each
   * @param trust above 0 to 1: the share of the observations that count as independent
   * @param beyond how many further observations are known only to be larger than all of these
   * @param shapes the least and the largest shape that is possible
   * @returns undefined when they are too few or all alike
   */
  static tryFit(
    exceedances: ArrayLike<number>,
    weights?: ArrayLike<number>,
    trust = 1,
    beyond = 0,
    [leastShape, mostShape]: readonly [number, number] = ANY_SHAPE,
  ): ParetoTail | undefined {
    const length = exceedances.length;
    const largest = exceedances[length - 1]!;
    let size = 0;
    for (let index = 0; index < length; index++) size += weights === undefined ? 1 : weights[index]!;
    let below = 0;
    let quartile = 0;
    for (let index = 0; below < 0.25 * size; index++) {
      quartile = exceedances[index]!;
      below += weights === undefined ? 1 : weights[index]!;
    }
    if (!(length >= MIN_SIZE && quartile > 0 && largest > 1.0001 * quartile)) return undefined;
    const count = 20 + Math.floor(Math.sqrt(length));
    const nodes = [];
    let best = -Infinity;
    for (let node = 0; node <= count; node++) {
      if (node === 0 && leastShape === -Infinity) continue;
      // The first is next to exponential: where shapes are bounded, none of the others may be possible.
      const theta =
        node === 0 ? -FLAT / quartile : 1 / largest + (1 - Math.sqrt(count / (node - 0.5))) / (PRIOR * quartile);
      let sum = 0;
      for (let index = 0; index < length; index++)
        sum += (weights === undefined ? 1 : weights[index]!) * Math.log1p(-theta * exceedances[index]!);
      // A larger one adds the survival at the largest to the likelihood.
      const shape = (sum + beyond * Math.log1p(-theta * largest)) / size;
      const logLikelihood = trust * (size * (Math.log(-theta / shape) - 1) - sum);
      if (Number.isNaN(logLikelihood) || shape < leastShape || shape > mostShape) continue;
      best = Math.max(best, logLikelihood);
      nodes.push({ theta, shape, logLikelihood });
    }
    let total = 0;
    for (const node of nodes) total += Math.exp(node.logLikelihood - best);
    let kept = nodes
      .map((node) => ({ ...node, weight: Math.exp(node.logLikelihood - best) / total }))
      .filter((node) => node.weight >= MIN_WEIGHT);
    while (kept.length > MAX_NODES) kept = joinPairs(kept);
    if (kept.length === 0) return undefined;
    const sum = kept.reduce((sum, node) => sum + node.weight, 0);
    return new ParetoTail(
      size * trust,
      best,
      kept.map((node) => node.theta),
      kept.map((node) => node.shape),
      kept.map((node) => node.weight / sum),
    );
  }

  /** Probability that an exceedance is larger; 1 at 0, never 0. */
  survivalOf(exceedance: number): number {
    if (!(exceedance > 0)) return 1;
    let survival = 0;
    for (let node = 0; node < this.#thetas.length; node++) {
      const log = Math.log1p(-Math.min(1, this.#thetas[node]! * exceedance));
      const shape = this.#shapes[node]!;
      survival += this.#weights[node]! * Math.exp(-this.size * Math.log1p(log / (this.size * shape)));
    }
    return Math.max(survival, 1e-12);
  }

  /** Posterior mean of the shape ξ: above 0 heavy, 0 exponential, below 0 with an end. */
  get shape(): number {
    return this.#shapes.reduce((sum, shape, node) => sum + shape * this.#weights[node]!, 0);
  }
}

interface Node {
  theta: number;
  shape: number;
  logLikelihood: number;
  weight: number;
}

function joinPairs(nodes: readonly Node[]): Node[] {
  const joined = [];
  for (let at = 0; at < nodes.length; at += 2) {
    const [first, second] = [nodes[at]!, nodes[at + 1]];
    if (second === undefined) joined.push(first);
    else {
      const weight = first.weight + second.weight;
      const share = second.weight / weight;
      const theta = first.theta + share * (second.theta - first.theta);
      joined.push({ ...first, weight, theta, shape: first.shape + share * (second.shape - first.shape) });
    }
  }
  return joined;
}
