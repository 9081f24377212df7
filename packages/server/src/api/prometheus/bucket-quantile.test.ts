import { expect, test } from "vitest";
import { bucketQuantile } from "./bucket-quantile.ts";

const INF = Number.POSITIVE_INFINITY;
const buckets = (...pairs: [bound: number, count: number][]) => pairs.map(([bound, count]) => ({ bound, count }));
/** Ten up to 0.1, thirty more up to 0.2, ten beyond. */
const SOME = buckets([0.1, 10], [0.2, 40], [INF, 50]);

test.each([
  [0, SOME, 0],
  [0.1, SOME, 0.05],
  [0.2, SOME, 0.1],
  [0.5, SOME, 0.15],
  [0.8, SOME, 0.2],
  [0.9, SOME, 0.2],
  [1, SOME, 0.2],
  [-0.1, SOME, Number.NEGATIVE_INFINITY],
  [1.1, SOME, INF],
  [Number.NaN, SOME, Number.NaN],
  [0.5, buckets([0.1, 0], [INF, 0]), Number.NaN],
  [0.5, buckets([INF, 5]), Number.NaN],
  [0.5, buckets([0.1, 1], [0.2, 2]), Number.NaN],
  [0.5, buckets([-1, 4], [INF, 4]), -1],
  [0.9, buckets([0.1, 10], [0.2, 9.999], [INF, 10]), 0.09],
])("bucketQuantile() finds the quantile %d", (quantile, given, expected) => {
  expect(Number(bucketQuantile(quantile, given).toPrecision(10))).toBe(expected);
});
