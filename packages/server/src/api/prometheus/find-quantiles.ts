import { bucketQuantile } from "./bucket-quantile.ts";
import type { Labels } from "./match-labels.ts";
import { keepLabels, emptySeries, labelsKey, setValue, type Series } from "./series.ts";

/** `histogram_quantile` of each group of buckets, step by step. */
export function findQuantiles(quantiles: Float64Array, of: readonly Series[], steps: number): Series[] {
  const groups = new Map<string, { labels: Labels; buckets: { bound: number; series: Series }[] }>();
  for (const series of of) {
    const bound = parseBound(series.labels["le"]);
    // What is no bucket takes no part.
    if (bound === undefined) continue;
    const labels = keepLabels(series.labels, (label) => label !== "le" && label !== "__name__");
    const key = labelsKey(labels);
    let group = groups.get(key);
    if (group === undefined) groups.set(key, (group = { labels, buckets: [] }));
    group.buckets.push({ bound, series });
  }
  return Array.from(groups.values(), ({ labels, buckets }) => {
    const result = emptySeries(labels, steps);
    buckets.sort((a, b) => a.bound - b.bound);
    for (let step = 0; step < steps; step++) {
      const here = buckets
        .filter(({ series }) => series.present[step] === 1)
        .map(({ bound, series }) => ({ bound, count: series.values[step]! }));
      if (here.length > 0) setValue(result, step, bucketQuantile(quantiles[step]!, here));
    }
    return result;
  });
}

function parseBound(le: string | undefined): number | undefined {
  if (le === undefined || le === "") return undefined;
  const bound = le === "+Inf" ? Number.POSITIVE_INFINITY : Number(le);
  return Number.isNaN(bound) ? undefined : bound;
}
