import { promisify } from "node:util";
import { aggregate } from "./aggregate.ts";
import { calculate } from "./calculate.ts";
import type { Counter } from "./counter.ts";
import { findQuantiles } from "./find-quantiles.ts";
import { QueryError } from "./query-error.ts";
import type { QueryTree, Selector } from "./query-tree.ts";
import { ALL, keptBy, selectCounters, type Evaluation, type KeptLabels } from "./select-counters.ts";
import { distinct, emptySeries, setValue, withoutName, type Result, type Series } from "./series.ts";

/** Values after which the thread does other work: about two milliseconds. */
const VALUES_PER_TURN = 20_000;
const letOthersIn = promisify(setImmediate);

/** @throws QueryError */
export async function evaluate(tree: QueryTree, evaluation: Evaluation, keep: KeptLabels = ALL): Promise<Result> {
  switch (tree.kind) {
    case "number":
      return { type: "scalar", values: new Float64Array(evaluation.times.length).fill(tree.value) };
    case "selector":
      return {
        type: "vector",
        series: await select(tree, evaluation, keep, (counter, time) => counter.readingAt(time)),
      };
    case "rate": {
      const rangeMs = tree.selector.rangeMs!;
      const unit = tree.perSecond ? rangeMs / 1000 : 1;
      const series = await select(
        tree.selector,
        evaluation,
        keep,
        (counter, time) => counter.increase(time - rangeMs, time) / unit,
      );
      return { type: "vector", series: distinct(series.map(withoutName)) };
    }
    case "aggregate": {
      // Only sums are the same over routes and over the whole.
      const kept = tree.operator === "sum" ? keptBy(tree.by, tree.labels) : ALL;
      const of = await evaluateVector(tree.of, evaluation, kept);
      return { type: "vector", series: aggregate(tree, of, evaluation.times.length) };
    }
    case "quantile": {
      const quantile = await evaluate(tree.quantile, evaluation);
      const buckets = await evaluateVector(tree.buckets, evaluation, ALL);
      if (quantile.type !== "scalar") throw new QueryError("internal", "a quantile is no scalar");
      return { type: "vector", series: distinct(findQuantiles(quantile.values, buckets, evaluation.times.length)) };
    }
    case "arithmetic": {
      const left = await evaluate(tree.left, evaluation);
      const right = await evaluate(tree.right, evaluation);
      return calculate(tree.operator, left, right);
    }
    default:
      return tree satisfies never;
  }
}

async function evaluateVector(tree: QueryTree, evaluation: Evaluation, keep: KeptLabels): Promise<Series[]> {
  const result = await evaluate(tree, evaluation, keep);
  if (result.type === "vector") return result.series;
  throw new QueryError("internal", "a scalar stands where a vector should");
}

async function select(
  selector: Selector,
  evaluation: Evaluation,
  keep: KeptLabels,
  read: (counter: Counter, time: number) => number,
): Promise<Series[]> {
  const { times } = evaluation;
  const selected = await selectCounters(selector, evaluation, keep);
  const result: Series[] = [];
  let values = 0;
  for (const { labels, counter } of selected) {
    const series = emptySeries(labels, times.length);
    for (let step = 0; step < times.length; step++) setValue(series, step, read(counter, times[step]!));
    result.push(series);
    values += times.length;
    if (values < VALUES_PER_TURN) continue;
    values = 0;
    await letOthersIn();
  }
  return result;
}
