import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import type { Notice } from "../gate/notices.ts";
import { exportToMeterProvider } from "./export-to-meter-provider.ts";
import { exportToPromRegistry, type PromRegistry } from "./export-to-prom-registry.ts";
import { parseExposition } from "./exposition-reader.ts";
import { MetricRegistry } from "./metric-registry.ts";

interface PromClient {
  Registry: (new (contentType?: string) => PromRegistry & {
    metrics(): Promise<string>;
    getMetricsAsJSON(): Promise<{ name: string; values: unknown[] }[]>;
    resetMetrics(): void;
    setDefaultLabels(labels: object): void;
  }) & { OPENMETRICS_CONTENT_TYPE: string };
  Counter: new (options: object) => { inc(): void };
  AggregatorRegistry: { aggregate(metrics: unknown[]): { metrics(): Promise<string> } };
}
const prom = createRequire(import.meta.url)("prom-client") as PromClient;

function create() {
  const notices: Notice[] = [];
  const registry = new MetricRegistry({
    maxSeries: 10,
    clock: { now: () => 0, monotonicMs: () => 0 },
    notice: (notice) => void notices.push(notice),
  });
  return { registry, notices };
}

function fill(registry: MetricRegistry): void {
  registry.counter("shop.orders", { help: "Orders.", labels: ["kind"] }).add(3, { kind: 'a"b\nc' });
  registry.gauge("shop.stock", { collect: (gauge) => gauge.set(4) });
  const histogram = registry.histogram("shop.wait", { unit: "s", labels: ["a"], buckets: [1, 5] });
  histogram.observe(0.5, { a: "x" });
  histogram.observe(9, { a: "x" });
  for (let index = 0; index < 20; index++) histogram.observe(1, { a: `y${index}` });
}

/** Our own text where each metric has a help, as theirs has. */
const sampleLines = (text: string): string[] => text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));

describe("export to a registry of prom-client", () => {
  it("has there the lines that we write ourselves", async () => {
    const { registry } = create();
    const theirs = new prom.Registry();
    exportToPromRegistry(registry, theirs);
    fill(registry);
    const text = await theirs.metrics();
    expect(sampleLines(text)).toEqual(sampleLines(registry.expose().body));
    expect(text).toContain("# HELP shop_orders_total Orders.\n# TYPE shop_orders_total counter\n");
    expect(text).toContain("# HELP shop_stock shop.stock\n");
  });

  it("has what was there before, too", async () => {
    const { registry } = create();
    fill(registry);
    const theirs = new prom.Registry();
    exportToPromRegistry(registry, theirs);
    expect(sampleLines(await theirs.metrics())).toEqual(sampleLines(registry.expose().body));
  });

  it("is OpenMetrics where theirs is", async () => {
    const { registry } = create();
    const theirs = new prom.Registry(prom.Registry.OPENMETRICS_CONTENT_TYPE);
    exportToPromRegistry(registry, theirs);
    fill(registry);
    for (let round = 0; round < 2; round++) {
      const read = parseExposition(await theirs.metrics(), true);
      expect(read.get("shop_orders")?.samples[0]).toMatchObject({ name: "shop_orders_total", value: 3 });
    }
  });

  it("keeps their default labels, and is not set back by them", async () => {
    const { registry } = create();
    const theirs = new prom.Registry();
    theirs.setDefaultLabels({ app: "shop" });
    exportToPromRegistry(registry, theirs);
    registry.counter("c").add(2);
    theirs.resetMetrics();
    expect(sampleLines(await theirs.metrics())).toEqual(['c_total{app="shop"} 2']);
    expect(sampleLines(registry.expose().body)).toEqual(["c_total 2"]);
  });

  it("adds up over the processes of a cluster", async () => {
    const registries = [create().registry, create().registry];
    const parts = await Promise.all(
      registries.map((registry) => {
        const theirs = new prom.Registry();
        exportToPromRegistry(registry, theirs);
        registry.histogram("h", { buckets: [1] }).observe(1);
        return theirs.getMetricsAsJSON();
      }),
    );
    expect(sampleLines(await prom.AggregatorRegistry.aggregate(parts).metrics())).toEqual([
      'h_bucket{le="1"} 2',
      'h_bucket{le="+Inf"} 2',
      "h_sum 2",
      "h_count 2",
    ]);
  });

  it("leaves theirs alone where names meet, says so, and takes its own back", async () => {
    const { registry, notices } = create();
    const theirs = new prom.Registry();
    new prom.Counter({ name: "c_total", help: "theirs", registers: [theirs] }).inc();
    const end = exportToPromRegistry(registry, theirs);
    registry.counter("c").add(5);
    registry.counter("d").add(6);
    expect(sampleLines(await theirs.metrics())).toEqual(["c_total 1", "d_total 6"]);
    expect(notices.map(({ code }) => code)).toEqual(["metric_not_exported"]);
    end();
    expect(sampleLines(await theirs.metrics())).toEqual(["c_total 1"]);
  });
});

/** What OpenTelemetry's API has, and nothing more. */
function createProvider() {
  const observables = new Map<string, { kind: string; options: object; callbacks: Set<(result: Result) => void> }>();
  const records: unknown[][] = [];
  const made: unknown[][] = [];
  type Result = { observe(value: number, attributes: object): void };
  const observable = (kind: string) => (name: string, options: object) => {
    const callbacks = new Set<(result: Result) => void>();
    observables.set(name, { kind, options, callbacks });
    return {
      addCallback: (callback: (result: Result) => void) => void callbacks.add(callback),
      removeCallback: (callback: (result: Result) => void) => void callbacks.delete(callback),
    };
  };
  const provider = {
    getMeter: (...asked: unknown[]) => {
      made.push(asked);
      return {
        createObservableCounter: observable("counter"),
        createObservableGauge: observable("gauge"),
        createHistogram: (name: string, options: object) => {
          made.push([name, options]);
          return { record: (value: number, attributes: object) => void records.push([name, value, attributes]) };
        },
      };
    },
  };
  const read = (): unknown[][] => {
    const seen: unknown[][] = [];
    for (const [name, { callbacks }] of observables) {
      for (const callback of callbacks)
        callback({ observe: (value, attributes) => void seen.push([name, value, attributes]) });
    }
    return seen;
  };
  return { provider, observables, records, made, read };
}

describe("export to a MeterProvider of OpenTelemetry", () => {
  it("has sums and gauges when it reads, and histograms value by value, by the names that were given", () => {
    const { registry } = create();
    const { provider, observables, records, made, read } = createProvider();
    exportToMeterProvider(registry, provider, "1.2.3");
    registry
      .counter("shop.orders", { help: "Orders.", unit: "{order}", labels: ["order.kind"] })
      .add(2, { "order.kind": "a" });
    registry.gauge("shop.stock", { collect: (gauge) => gauge.set(4) });
    const histogram = registry.histogram("shop.wait", { unit: "s", labels: ["a", "b"], buckets: [1, 5] });
    histogram.observe(0.5, { a: "x" });
    expect(made).toEqual([
      ["gatewatch", "1.2.3"],
      ["shop.wait", { description: "", unit: "s", advice: { explicitBucketBoundaries: [1, 5] } }],
    ]);
    expect(observables.get("shop.orders")).toMatchObject({
      kind: "counter",
      options: { description: "Orders.", unit: "{order}" },
    });
    expect(records).toEqual([["shop.wait", 0.5, { a: "x" }]]);
    expect(read()).toEqual([
      ["shop.orders", 2, { "order.kind": "a" }],
      ["shop.stock", 4, {}],
    ]);
  });

  it("says what is beyond the limit as OpenTelemetry does, and ends when told", () => {
    const { registry } = create();
    const { provider, records, read } = createProvider();
    const end = exportToMeterProvider(registry, provider, "1");
    const counter = registry.counter("c", { labels: ["a"] });
    const histogram = registry.histogram("h", { labels: ["a"] });
    for (let index = 0; index < 12; index++) {
      counter.add(1, { a: index });
      histogram.observe(1, { a: index });
    }
    expect(read().at(-1)).toEqual(["c", 3, { "otel.metric.overflow": true }]);
    expect(records.at(-1)).toEqual(["h", 1, { "otel.metric.overflow": true }]);
    end();
    histogram.observe(1, { a: 0 });
    expect(records).toHaveLength(12);
    expect(read()).toEqual([]);
  });
});
