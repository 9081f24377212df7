/** The highest scores of a stream, ascending, each with how many it stands for. */
export interface TopScores {
  readonly scores: Float32Array;
  readonly weights: Float32Array;
}

const THIN_SHARE = 0.04;

/** The same in fewer: equal scores become one, and neighbours do that together are at most a 25th of what is at or above them. */
export function thinTopScores({ scores, weights }: TopScores): TopScores {
  const keptScores: number[] = [];
  const keptWeights: number[] = [];
  let above = 0;
  for (let at = scores.length - 1; at >= 0; at--) {
    const last = keptWeights.length - 1;
    const weight = weights[at]!;
    above += weight;
    if (last >= 0 && (keptScores[last] === scores[at] || keptWeights[last]! + weight <= THIN_SHARE * above))
      keptWeights[last]! += weight;
    else {
      keptScores.push(scores[at]!);
      keptWeights.push(weight);
    }
  }
  return { scores: Float32Array.from(keptScores).toReversed(), weights: Float32Array.from(keptWeights).toReversed() };
}
