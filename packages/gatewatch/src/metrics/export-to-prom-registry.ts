import type { Metric, Series } from "./metric.ts";
import type { MetricRegistry } from "./metric-registry.ts";

/** What prom-client and `@prometheus-io/client` have in common. */
export interface PromRegistry {
  registerMetric(metric: object): void;
  removeSingleMetric(name: string): void;
}

/** One line as these libraries have it. */
interface PromValue {
  metricName?: string;
  labels: Record<string, string | number>;
  value: number;
}

/** Registers all metrics, those to come included, in the app's own registry: they are read when it is read. Returns what takes them back. */
export function exportToPromRegistry(registry: MetricRegistry, target: PromRegistry): () => void {
  const registered: string[] = [];
  registry.follow((metric) => {
    const { name } = describe(metric);
    try {
      target.registerMetric(createFacade(metric));
      registered.push(name);
    } catch (error) {
      registry.say("metric_not_exported", name, `The app's own registry did not take the metric ${name}.`, error);
    }
  });
  return () => {
    for (const name of registered.splice(0)) target.removeSingleMetric(name);
  };
}

function describe({ kind, family, help, name }: Metric) {
  return { name: kind === "counter" ? `${family}_total` : family, help: help === "" ? name : help, type: kind };
}

/** A metric as these libraries know theirs. For OpenMetrics they take `_total` from its name, and write it again. */
function createFacade(metric: Metric) {
  const facade = {
    ...describe(metric),
    labelNames: metric.labels,
    aggregator: "sum",
    get() {
      metric.collect();
      const { name, help, type, aggregator } = facade;
      const values = metric.series().flatMap((series) => readSeries(metric, series));
      return Promise.resolve({ name, help, type, aggregator, values });
    },
    /** These numbers are not theirs to set back. */
    reset: (): void => undefined,
  };
  return facade;
}

function readSeries({ family, labels, kind }: Metric, series: Series): PromValue[] {
  const own: Record<string, string> = {};
  if (series.values === undefined) own["otel_metric_overflow"] = "true";
  for (const [index, value] of (series.values ?? []).entries()) if (value !== "") own[labels[index]!] = value;
  return series.samples().map(({ suffix, bound, value }) => {
    const line: PromValue = { labels: own, value };
    if (kind === "histogram") line.metricName = family + suffix;
    if (bound !== undefined) line.labels = { ...own, le: bound === Number.POSITIVE_INFINITY ? "+Inf" : bound };
    return line;
  });
}
