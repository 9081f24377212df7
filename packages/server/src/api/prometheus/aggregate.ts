import { keepLabels, emptySeries, labelsKey, type Series } from "./series.ts";
import type { Aggregation } from "./query-tree.ts";

/** Folds series of the same kept labels, step by step. */
export function aggregate(
  { operator, by, labels }: { operator: Aggregation; by: boolean; labels: readonly string[] },
  of: readonly Series[],
  steps: number,
): Series[] {
  const groups = new Map<string, { result: Series; counts: Float64Array }>();
  for (const series of of) {
    const kept = keepLabels(series.labels, (label) => labels.includes(label) === by && label !== "__name__");
    const key = labelsKey(kept);
    let group = groups.get(key);
    if (group === undefined)
      groups.set(key, (group = { result: emptySeries(kept, steps), counts: new Float64Array(steps) }));
    for (let step = 0; step < steps; step++) {
      if (series.present[step] === 0) continue;
      const value = series.values[step]!;
      const seen = group.counts[step]!++;
      group.result.values[step] = seen === 0 ? value : fold(operator, group.result.values[step]!, value);
      group.result.present[step] = 1;
    }
  }
  return Array.from(groups.values(), ({ result, counts }) => {
    for (let step = 0; step < steps; step++) {
      if (operator === "count") result.values[step] = counts[step]!;
      if (operator === "avg") result.values[step]! /= counts[step]!;
    }
    return result;
  });
}

function fold(operator: Aggregation, sum: number, value: number): number {
  switch (operator) {
    case "sum":
    case "avg":
    case "count":
      return sum + value;
    case "min":
      return Number.isNaN(sum) || value < sum ? value : sum;
    case "max":
      return Number.isNaN(sum) || value > sum ? value : sum;
    default:
      return operator satisfies never;
  }
}
