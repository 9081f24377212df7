import type { ExposedName, MetricKind } from "./metric-name.ts";

/** The last value of a trace in some place. */
export interface Exemplar {
  value: number;
  traceId: string;
  spanId: string;
  timeMs: number;
}

/** One line of a metric, whatever the text format. */
export interface Sample {
  /** Behind the family's name, for example `_bucket`. */
  suffix: string;
  /** Upper bound of the bucket; undefined where there is none. */
  bound: number | undefined;
  value: number;
  exemplar: Exemplar | undefined;
}

/** One row of numbers. */
export interface Series {
  /** By the metric's label names; undefined for the row that is shared by all beyond the limit. */
  readonly values: readonly string[] | undefined;
  /** The labels as they are written, kept after the first time. */
  labelText: string | undefined;
  samples(): readonly Sample[];
}

/** What a metric has for its readers. */
export interface Metric extends ExposedName {
  /** As it was given. */
  readonly name: string;
  readonly kind: MetricKind;
  readonly help: string;
  readonly givenUnit: string | undefined;
  /** Label names as they were given, and as they are written. */
  readonly givenLabels: readonly string[];
  readonly labels: readonly string[];
  /** Lets whoever sets values by a callback do so. */
  collect(): void;
  series(): readonly Series[];
  readonly hasOverflowed: boolean;
}

/** What instruments share. */
export interface MetricHost {
  /** Values that were no numbers of their kind. */
  dropped: number;
  /** Somebody reads OpenMetrics: traces are kept with values. */
  keepsTraces: boolean;
  now(): number;
  /** Rows of one metric, the shared one included. */
  readonly maxSeries: number;
}

/** What another library is told of each value. */
export type Mirror = (value: number, series: Series) => void;
