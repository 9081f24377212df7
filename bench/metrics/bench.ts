import { createBodyStandIn } from "../../packages/gatewatch/src/gate/body-stand-in.ts";
import { createHttpMetricsLayer } from "../../packages/gatewatch/src/layers/http-metrics.ts";
import { createCustomMetricsLayer } from "../../packages/gatewatch/src/layers/custom-metrics/create-custom-metrics-layer.ts";
import { parseTrustList } from "../../packages/gatewatch/src/gate/trust/parse-trust-list.ts";
import { createHeadStandIn } from "../../packages/gatewatch/src/layers/head-stand-in.ts";
import { MetricsAccess } from "../../packages/gatewatch/src/metrics/metrics-access.ts";
import { MetricRegistry } from "../../packages/gatewatch/src/metrics/metric-registry.ts";
import { DEFAULTS } from "../../packages/gatewatch/src/options/defaults.ts";
import { createExchangeStandIn, createOutcomeStandIn } from "../../packages/gatewatch/src/record/exchange-stand-in.ts";
import { Counter, Histogram, Registry } from "prom-client";
import type { BenchOptions, BenchRow } from "../measure.ts";

export const question = "What does a number cost?";

export const notes = `CPU time of one thread, the best of several rounds of a million calls. prom-client is asked for the same in the same process.`;

type Repeat = (count: number) => void;

export async function run({ quick, progress }: BenchOptions): Promise<BenchRow[]> {
  const calls = quick ? 200_000 : 1_000_000;
  const rounds = quick ? 5 : 15;
  const rows: BenchRow[] = [];
  const measure = (name: string, repeat: Repeat): void => {
    progress(name);
    repeat(calls / 4);
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < rounds; round++) {
      const before = process.cpuUsage();
      repeat(calls);
      const { user, system } = process.cpuUsage(before);
      best = Math.min(best, ((user + system) * 1000) / calls);
    }
    rows.push({ name, value: best, unit: "ns" });
  };
  const clock = { now: () => 0, monotonicMs: () => 0 };
  const registry = new MetricRegistry({ maxSeries: 2_000, clock, notice: () => undefined });
  const values = Float64Array.from({ length: 1_024 }, (_, index) => ((index * 7_919) % 1_000) / 2_000);
  const routes = Array.from({ length: 16 }, (_, index) => `/things/${index}/:id`);
  const labels = ["method", "route", "status"];

  const own = registry.histogram("own", { labels });
  const bound = own.with({ method: "GET", route: "/", status: 200 });
  measure("a row of a histogram: observe(value)", (count) => {
    for (let index = 0; index < count; index++) bound.observe(values[index & 1_023]!);
  });
  measure("a histogram: observe(value, three labels)", (count) => {
    for (let index = 0; index < count; index++) {
      own.observe(values[index & 1_023]!, { method: "GET", route: routes[index & 15], status: 200 });
    }
  });
  const counter = registry.counter("counted", { labels: ["kind"] });
  measure("a counter: add(1, one label)", (count) => {
    for (let index = 0; index < count; index++) counter.add(1, { kind: "a" });
  });
  measure("registry.counter(name).add(1, one label)", (count) => {
    for (let index = 0; index < count; index++) registry.counter("counted").add(1, { kind: "a" });
  });

  const registers = [new Registry()];
  const theirs = new Histogram({ name: "h", help: "h", labelNames: labels, registers });
  measure("prom-client: observe(three labels, value)", (count) => {
    for (let index = 0; index < count; index++) {
      theirs.observe({ method: "GET", route: routes[index & 15]!, status: 200 }, values[index & 1_023]!);
    }
  });
  const theirCounter = new Counter({ name: "c", help: "c", labelNames: ["kind"], registers });
  measure("prom-client: inc(one label, 1)", (count) => {
    for (let index = 0; index < count; index++) theirCounter.inc({ kind: "a" }, 1);
  });

  const trust = parseTrustList([]);
  const access = new MetricsAccess(null, trust);
  const serving = { registry, access, trust, isOpen: false };
  const layer = createHttpMetricsLayer(DEFAULTS.metrics, serving);
  const exchanges = routes.map((route) => createExchangeStandIn({ route }));
  const outcomes = routes.map((route) => createOutcomeStandIn({ route, status: 200, responseBytes: 56 }));
  measure("the metrics layer: one request", (count) => {
    for (let index = 0; index < count; index++) {
      const x = exchanges[index & 15]!;
      void layer.onRequest?.(x);
      layer.onFinish?.(x, outcomes[index & 15]!);
    }
  });

  const custom = createCustomMetricsLayer(DEFAULTS.customMetrics);
  const bodies = {
    small: Buffer.from(JSON.stringify({ id: 7, name: "a thing of the shop", price: 12.5 })),
    large: makeLarge(),
    list: makeList(),
  };
  const x = createExchangeStandIn();
  for (const [name, body] of Object.entries(bodies)) {
    const head = createHeadStandIn({ "Content-Type": "application/json; charset=utf-8" });
    const plan = createBodyStandIn();
    measure(`the custom-metrics layer: ${name} answer (${body.length} bytes) without the member`, (count) => {
      for (let index = 0; index < count; index++) {
        custom.onHead?.(x, head, plan);
        plan.whole = body;
        plan.takeDecisions().decisions[0]!(body);
      }
    });
  }
  const held = Buffer.from(JSON.stringify({ id: 7, _cerberus_metrics: { items: 2, hit: true } }));
  const head = createHeadStandIn({ "Content-Type": "application/json" });
  const plan = createBodyStandIn();
  measure("the custom-metrics layer: an answer with the member", (count) => {
    for (let index = 0; index < count; index += 10) {
      custom.onHead?.(x, head, plan);
      plan.whole = held;
      plan.takeDecisions().decisions[0]!(held);
    }
  });
  rows.at(-1)!.value *= 10;
  return rows;
}

/** An object of several kilobytes. */
function makeLarge(): Buffer {
  return Buffer.from(JSON.stringify({ things: JSON.parse(makeList().toString()) as unknown }));
}

function makeList(): Buffer {
  return Buffer.from(JSON.stringify(Array.from({ length: 200 }, (_, index) => ({ index, name: `thing ${index}` }))));
}
