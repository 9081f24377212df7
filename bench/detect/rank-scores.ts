/** Share of `odd` scores above the score that a share `level` of `normal` ones exceeds; ties count as missed. */
export function truePositives(normal: readonly number[], odd: readonly number[], level: number): number {
  const descending = normal.toSorted((a, b) => b - a);
  const threshold = descending[Math.floor(descending.length * level)] ?? Infinity;
  return odd.filter((score) => score > threshold).length / Math.max(1, odd.length);
}

/** Probability that an odd event scores higher than a normal one. */
export function areaUnderCurve(normal: readonly number[], odd: readonly number[]): number {
  const ascending = normal.toSorted((a, b) => a - b);
  let wins = 0;
  for (const score of odd) wins += (firstAbove(ascending, score, true) + firstAbove(ascending, score, false)) / 2;
  return wins / Math.max(1, normal.length * odd.length);
}

function firstAbove(ascending: readonly number[], score: number, orEqual: boolean): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const isBelow = orEqual ? ascending[middle]! < score : ascending[middle]! <= score;
    if (isBelow) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

/** What needs no detector: how long an event is, and how many characters of it are neither letters nor digits. */
export const TRIVIAL: Readonly<Record<string, (event: object) => number>> = {
  length: (event) => JSON.stringify(event).length,
  "special characters": (event) => JSON.stringify(event).match(/%[0-9A-F]{2}|[^\w"{}:,]/g)?.length ?? 0,
};
