import type { Labels } from "./match-labels.ts";
import { QueryError } from "./query-error.ts";

/** One series over the steps of a query; NaN is a value, what is absent says `present`. */
export interface Series {
  labels: Labels;
  values: Float64Array;
  present: Uint8Array;
}

export type Result = { type: "scalar"; values: Float64Array } | { type: "vector"; series: Series[] };

export function emptySeries(labels: Labels, steps: number): Series {
  return { labels, values: new Float64Array(steps), present: new Uint8Array(steps) };
}

export function setValue(series: Series, step: number, value: number): void {
  series.values[step] = value;
  series.present[step] = 1;
}

export function withoutName(series: Series): Series {
  return { ...series, labels: keepLabels(series.labels, (label) => label !== "__name__") };
}

export function keepLabels(labels: Labels, keep: (label: string) => boolean): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([label]) => keep(label)));
}

/** The same labels have the same key, whatever their order. */
export function labelsKey(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

export function distinct(series: Series[]): Series[] {
  if (new Set(series.map(({ labels }) => labelsKey(labels))).size === series.length) return series;
  throw new QueryError("execution", "vector cannot contain metrics with the same labelset");
}
