export interface Bucket {
  /** Inclusive upper bound. */
  bound: number;
  /** Of everything up to the bound. */
  count: number;
}

/**
 * Prometheus' `histogram_quantile` over classic buckets, ascending by bound: linear within a bucket.
 * https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile
 */
export function bucketQuantile(quantile: number, buckets: readonly Bucket[]): number {
  if (Number.isNaN(quantile)) return Number.NaN;
  if (quantile < 0) return Number.NEGATIVE_INFINITY;
  if (quantile > 1) return Number.POSITIVE_INFINITY;
  const last = buckets.at(-1);
  if (buckets.length < 2 || last?.bound !== Number.POSITIVE_INFINITY) return Number.NaN;
  const counts: number[] = [];
  // Parts of cells can leave a bucket a hair below the one before it.
  for (const { count } of buckets) counts.push(Math.max(count, counts.at(-1) ?? 0));
  const total = counts.at(-1)!;
  if (!(total > 0)) return Number.NaN;
  const rank = quantile * total;
  const at = counts.findIndex((count) => count >= rank);
  if (at === buckets.length - 1 || at === -1) return buckets.at(-2)!.bound;
  const { bound } = buckets[at]!;
  if (at === 0 && bound <= 0) return bound;
  const start = at === 0 ? 0 : buckets[at - 1]!.bound;
  const below = at === 0 ? 0 : counts[at - 1]!;
  const within = counts[at]! - below;
  return within > 0 ? start + ((bound - start) * (rank - below)) / within : bound;
}
