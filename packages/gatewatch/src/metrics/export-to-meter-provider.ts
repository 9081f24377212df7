import { OwnHistogram } from "./histogram.ts";
import type { Metric, Series } from "./metric.ts";
import type { MetricRegistry } from "./metric-registry.ts";

type OtelAttributes = Record<string, string | boolean>;
interface Observation {
  observe(value: number, attributes: OtelAttributes): void;
}
type Observe = (result: Observation) => void;
interface Observable {
  addCallback(observe: Observe): void;
  removeCallback(observe: Observe): void;
}
interface MetricAdvice {
  description: string;
  unit?: string;
  advice?: { explicitBucketBoundaries: number[] };
}
interface Meter {
  createObservableCounter(name: string, options: MetricAdvice): Observable;
  createObservableGauge(name: string, options: MetricAdvice): Observable;
  createHistogram(name: string, options: MetricAdvice): { record(value: number, attributes: OtelAttributes): void };
}

/** The part of OpenTelemetry's metrics API that is used. */
export interface MeterProvider {
  getMeter(name: string, version?: string): Meter;
}

/** Gives all metrics, those to come included, to OpenTelemetry: sums and gauges when it reads, histograms value by value. Returns what ends that. */
export function exportToMeterProvider(registry: MetricRegistry, provider: MeterProvider, version: string): () => void {
  const ends: (() => void)[] = [];
  const meter = provider.getMeter("gatewatch", version);
  registry.follow((metric, instrument) => {
    try {
      ends.push(instrument instanceof OwnHistogram ? mirror(meter, metric, instrument) : observe(meter, metric));
    } catch (error) {
      const { name } = metric;
      registry.say("metric_not_exported", name, `OpenTelemetry did not take the metric ${name}.`, error);
    }
  });
  return () => {
    for (const end of ends.splice(0)) end();
  };
}

function adviceFor({ help, givenUnit }: Metric): MetricAdvice {
  return { description: help, ...(givenUnit === undefined ? {} : { unit: givenUnit }) };
}

function observe(meter: Meter, metric: Metric): () => void {
  const { name, kind } = metric;
  const observable =
    kind === "counter"
      ? meter.createObservableCounter(name, adviceFor(metric))
      : meter.createObservableGauge(name, adviceFor(metric));
  const tell: Observe = (result) => {
    metric.collect();
    for (const series of metric.series()) {
      result.observe(series.samples()[0]?.value ?? 0, attributesOf(metric, series));
    }
  };
  observable.addCallback(tell);
  return () => observable.removeCallback(tell);
}

function mirror(meter: Meter, metric: Metric, histogram: OwnHistogram): () => void {
  const advice = { explicitBucketBoundaries: [...histogram.bounds] };
  const theirs = meter.createHistogram(metric.name, { ...adviceFor(metric), advice });
  histogram.mirror = (value, series) => theirs.record(value, attributesOf(metric, series));
  return () => {
    histogram.mirror = undefined;
  };
}

function attributesOf({ givenLabels }: Metric, { values }: Series): OtelAttributes {
  if (values === undefined) return { "otel.metric.overflow": true };
  const attributes: OtelAttributes = {};
  for (const [index, value] of values.entries()) if (value !== "") attributes[givenLabels[index]!] = value;
  return attributes;
}
