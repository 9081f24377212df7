import { createRequire } from "node:module";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Notice } from "../gate/notices.ts";
import { parseExposition } from "./exposition-reader.ts";
import { MetricRegistry } from "./metric-registry.ts";

function create(maxSeries = 2_000) {
  const notices: Notice[] = [];
  const clock = { now: () => 1_800_000_000_123, monotonicMs: () => 0 };
  const registry = new MetricRegistry({ maxSeries, clock, notice: (notice) => void notices.push(notice) });
  return { registry, notices, text: () => registry.expose().body, open: () => registry.expose(OPEN).body };
}

const OPEN = "application/openmetrics-text; version=1.0.0";

describe("names", () => {
  it.each([
    ["counter", "http_requests_total", undefined, "http_requests_total"],
    ["counter", "http_requests", undefined, "http_requests_total"],
    ["counter", "shop.orders", "{order}", "shop_orders_total"],
    ["counter", "process.cpu.time", "s", "process_cpu_time_seconds_total"],
    ["counter", "cpu_seconds_total", "s", "cpu_seconds_total"],
    ["counter", "sent", "By", "sent_bytes_total"],
    ["counter", "sent", "1", "sent_total"],
    ["gauge", "load", "1", "load_ratio"],
    ["gauge", "load", "%", "load_percent"],
    ["gauge", "temperature", "Cel", "temperature_celsius"],
    ["gauge", "http.server.active_requests", "{request}", "http_server_active_requests"],
    ["gauge", "memory", "By", "memory_bytes"],
    ["gauge", "memory_bytes", "By", "memory_bytes"],
    ["gauge", "queue-length", undefined, "queue_length"],
    ["gauge", "a/b", undefined, "a_b"],
    ["gauge", "price", "EUR", "price_EUR"],
    ["gauge", "speed", "m/s", "speed_m_s"],
    ["gauge", "_private", undefined, "_private"],
    ["gauge", "ns:rule", undefined, "ns:rule"],
    ["histogram", "http.server.request.duration", "s", "http_server_request_duration_seconds"],
    ["histogram", "wait", "ms", "wait_milliseconds"],
  ] as const)("a %s %s in %s is called %s", (kind, name, unit, exposed) => {
    const { registry, text } = create();
    registry[kind](name, unit === undefined ? {} : { unit });
    expect(text()).toContain(`# TYPE ${exposed} ${kind}\n`);
  });

  it.each([
    ["", "no name"],
    ["1st", "no name"],
    ["with space", "no name"],
    ["line\nbreak", "no name"],
    ["ünïcode", "no name"],
    ['quote"', "no name"],
    ["brace{", "no name"],
    ["x".repeat(256), "no name"],
    [undefined, "no name"],
    [7, "no name"],
    [{}, "no name"],
  ])("refuse %j once, and count nothing", (name, reason) => {
    const { registry, notices, text } = create();
    registry.counter(name as string).add(3);
    registry.counter(name as string).add(3);
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatchObject({ level: "warn", code: "metric_refused" });
    expect(notices[0]?.message).toContain(reason);
    expect(text()).toBe("");
  });

  it.each([
    [["__own"], "__"],
    [["a b"], "no name of a label"],
    [["1"], "no name of a label"],
    [['a"'], "no name of a label"],
    [["a", "a"], "same name"],
    [["a.b", "a_b"], "same name"],
    [[""], "no name of a label"],
    [[null], "no name of a label"],
    ["route", "list of names"],
    [Array.from({ length: 17 }, (_, index) => `l${index}`), "at most 16"],
  ])("refuse the labels %j", (labels, reason) => {
    const { registry, notices, text } = create();
    registry.gauge("g", { labels: labels as string[] }).set(1);
    expect(notices[0]?.message).toContain(reason);
    expect(text()).toBe("");
  });

  it("refuse `le` for a histogram alone", () => {
    const { registry, notices } = create();
    registry.gauge("g", { labels: ["le"] });
    expect(notices).toEqual([]);
    registry.histogram("h", { labels: ["le"] });
    expect(notices[0]?.message).toContain('"le"');
  });

  it.each([
    ["another kind", "gauge", "a"],
    ["the same name written otherwise", "counter", "a_total"],
    ["a gauge with a counter's lines", "gauge", "a_total"],
  ] as const)("refuse %s of a counter's", (_what, kind, name) => {
    const { registry, notices } = create();
    registry.counter("a").add(1);
    registry[kind](name);
    expect(notices).toHaveLength(1);
  });

  it.each(["h_sum", "h_count", "h_bucket", "h"])("refuse %s beside a histogram h", (name) => {
    const { registry, notices } = create();
    registry.histogram("h");
    registry.gauge(name);
    expect(notices).toHaveLength(1);
  });

  it.each([null, 7, "text", []])("take %j for no options", (options) => {
    const { registry } = create();
    registry.counter("c", options as never).add();
    registry.gauge("g", options as never).set(1);
    registry.histogram("h", options as never).observe(1);
    expect(registry.counts().valuesDropped).toBe(0);
  });

  it("give the same instrument to the same name", () => {
    const { registry } = create();
    expect(registry.counter("a")).toBe(registry.counter("a", { help: "later" }));
    expect(registry.histogram("b")).toBe(registry.histogram("b"));
    expect(registry.gauge("c")).toBe(registry.gauge("c"));
  });

  it("are bounded in number, and so is what is said about them", () => {
    const { registry, notices } = create();
    for (let index = 0; index < 3_000; index++) registry.counter(`c${index}`).add();
    expect(registry.counts()).toMatchObject({ metrics: 1_000, refused: 2_000 });
    expect(notices).toHaveLength(20);
  });
});

describe("counters", () => {
  it.each([
    ["by one", [undefined], 1],
    ["by a number", [2.5, 2], 4.5],
    ["by nothing", [0], 0],
    ["never by less than nothing", [5, -1], 5],
    ["never by NaN", [5, Number.NaN], 5],
    ["never by infinity", [5, Number.POSITIVE_INFINITY], 5],
    ["never by a text", [5, "3"], 5],
    ["never by an object", [5, {}], 5],
    ["never by null", [5, null], 5],
  ])("grow %s", (_how, values, sum) => {
    const { registry, text } = create();
    const counter = registry.counter("c");
    for (const value of values) counter.add(value as number);
    expect(text()).toBe(`# TYPE c_total counter\nc_total ${sum}\n`);
    expect(registry.counts().valuesDropped).toBe(sum === 5 ? 1 : 0);
  });

  it("without labels are 0 from the start; with labels there is nothing yet", () => {
    const { registry, text } = create();
    registry.counter("a");
    registry.counter("b", { labels: ["x"] });
    expect(text()).toBe("# TYPE a_total counter\na_total 0\n# TYPE b_total counter\n");
  });

  it("are brought up to date by a callback", () => {
    const { registry, text } = create();
    registry.counter("a", { collect: (counter) => counter.add(2) });
    text();
    expect(text()).toContain("a_total 4\n");
  });
});

describe("gauges", () => {
  it("are set, go up and down, and are forgotten", () => {
    const { registry, text } = create();
    const gauge = registry.gauge("g", { labels: ["a"] });
    gauge.set(5, { a: "x" });
    gauge.add(-7, { a: "x" });
    gauge.with({ a: "y" }).set(Number.NaN);
    expect(text()).toBe('# TYPE g gauge\ng{a="x"} -2\ng{a="y"} 0\n');
    gauge.clear();
    expect(text()).toBe("# TYPE g gauge\n");
  });

  it("are read by a callback; one that fails is said once, and takes nothing else away", () => {
    const { registry, text, notices } = create();
    const fail = (): never => {
      throw new Error("no");
    };
    registry.gauge("bad", { collect: fail });
    registry.gauge("good", { collect: (gauge) => gauge.set(1) });
    text();
    expect(text()).toContain("good 1\n");
    expect(notices.map(({ code }) => code)).toEqual(["metric_failed"]);
  });
});

describe("histograms", () => {
  it.each([
    [0, [1, 1, 1, 1]],
    [0.9, [1, 1, 1, 1]],
    [1, [1, 1, 1, 1]],
    [1.000001, [0, 1, 1, 1]],
    [5, [0, 1, 1, 1]],
    [10, [0, 0, 1, 1]],
    [10.1, [0, 0, 0, 1]],
    [1e300, [0, 0, 0, 1]],
    [-5, [1, 1, 1, 1]],
  ])("count %d where it belongs: a bound belongs to its bucket", (value, counts) => {
    const { registry, text } = create();
    registry.histogram("h", { buckets: [1, 5, 10] }).observe(value);
    const [a, b, c, d] = counts;
    expect(text()).toBe(
      `# TYPE h histogram\nh_bucket{le="1"} ${a}\nh_bucket{le="5"} ${b}\nh_bucket{le="10"} ${c}\nh_bucket{le="+Inf"} ${d}\nh_sum ${value}\nh_count 1\n`,
    );
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, "1", null, undefined, {}, 1n, []])(
    "drop %s",
    (value) => {
      const { registry, text } = create();
      registry.histogram("h", { buckets: [1] }).observe(value as number);
      expect(text()).toContain("h_sum 0\nh_count 0\n");
      expect(registry.counts().valuesDropped).toBe(1);
    },
  );

  it.each([
    [[1, 1], "ascend"],
    [[2, 1], "ascend"],
    [[Number.NaN], "finite"],
    [["1"], "finite"],
    [[Number.NEGATIVE_INFINITY, 1], "finite"],
    [Array.from({ length: 102 }, (_, index) => index), "at most 100"],
    ["1,2", "list"],
  ])("refuse the bounds %j", (buckets, reason) => {
    const { registry, notices } = create();
    registry.histogram("h", { buckets: buckets as number[] }).observe(1);
    expect(notices[0]?.message).toContain(reason);
  });

  it("take a last bound of infinity for granted", () => {
    const { registry, text } = create();
    registry.histogram("h", { buckets: [1, Number.POSITIVE_INFINITY] });
    expect(text().match(/\+Inf/g)).toHaveLength(1);
  });

  it("have the bounds of OpenTelemetry's advice where none are given", () => {
    const { registry, text } = create();
    registry.histogram("h");
    expect([...text().matchAll(/le="([^"]+)"/g)].map((match) => match[1])).toEqual(
      "0.005 0.01 0.025 0.05 0.075 0.1 0.25 0.5 0.75 1 2.5 5 7.5 10 +Inf".split(" "),
    );
  });
});

describe("labels", () => {
  it.each([
    ["plain", "a", 'c_total{a="a"} 1'],
    ["a backslash", "a\\b", String.raw`c_total{a="a\\b"} 1`],
    ["a quote", 'a"b', String.raw`c_total{a="a\"b"} 1`],
    ["a line feed", "a\nb", String.raw`c_total{a="a\nb"} 1`],
    ["all of them", '\\"\n', String.raw`c_total{a="\\\"\n"} 1`],
    ["a carriage return", "a\rb", 'c_total{a="a\ufffdb"} 1'],
    ["NUL", "a\0b", 'c_total{a="a\ufffdb"} 1'],
    ["escape", "\u001b[31m", 'c_total{a="\ufffd[31m"} 1'],
    ["DEL", "\u007f", 'c_total{a="\ufffd"} 1'],
    ["C1 controls", "\u0085\u009b", 'c_total{a="\ufffd\ufffd"} 1'],
    ["half a character", "\ud83d", 'c_total{a="\ufffd"} 1'],
    ["characters of several units", "👋🏽", 'c_total{a="👋🏽"} 1'],
    ["braces and commas", '{a="b",}', String.raw`c_total{a="{a=\"b\",}"} 1`],
    ["nothing", "", "c_total 1"],
    ["null", null, "c_total 1"],
    ["undefined", undefined, "c_total 1"],
    ["a number", 200, 'c_total{a="200"} 1'],
    ["a fraction", 1.5, 'c_total{a="1.5"} 1'],
    ["true", true, 'c_total{a="true"} 1'],
    ["an object", { toString: () => "x" }, 'c_total{a="[object]"} 1'],
    ["129 characters", "x".repeat(129), `c_total{a="${"x".repeat(128)}"} 1`],
    ["a character cut in two", `${"x".repeat(127)}👋`, `c_total{a="${"x".repeat(127)}\ufffd"} 1`],
  ])("write %s", (_what, value, line) => {
    const { registry, text } = create();
    registry.counter("c", { labels: ["a"] }).add(1, { a: value as string });
    expect(text()).toBe(`# TYPE c_total counter\n${line}\n`);
  });

  it.each([
    ["200 and '200'", 200, "200"],
    ["null and ''", null, ""],
    ["what is cut off", "x".repeat(128) + "1", "x".repeat(128) + "2"],
    ["controls", "a\rb", "a\u0001b"],
  ])("that are written alike are one row: %s", (_what, one, other) => {
    const { registry } = create();
    const counter = registry.counter("c", { labels: ["a"] });
    counter.add(1, { a: one });
    counter.add(1, { a: other });
    counter.add(1, { a: one });
    expect(registry.counts().series).toBe(1);
  });

  it("go by the names that were declared; others count for nothing", () => {
    const { registry, text } = create();
    const counter = registry.counter("c", { labels: ["http.route", "b"] });
    counter.add(1, { b: "2", "http.route": "/a", x: "3" } as never);
    counter.add(1, { "http.route": "/a" });
    counter.add(1);
    expect(text()).toBe(
      '# TYPE c_total counter\nc_total{http_route="/a",b="2"} 1\nc_total{http_route="/a"} 1\nc_total 1\n',
    );
  });

  it("do not come from an object's prototype by accident", () => {
    const { registry, text } = create();
    registry.counter("c", { labels: ["x"] }).add(1, Object.create(null) as Record<string, string>);
    expect(text()).toContain("c_total 1\n");
  });
});

describe("help", () => {
  it.each([
    ["a backslash", "a\\b", String.raw`a\\b`, String.raw`a\\b`],
    ["a line feed", "a\nb", String.raw`a\nb`, String.raw`a\nb`],
    ["quotes", 'say "a"', 'say "a"', String.raw`say \"a\"`],
    ["a carriage return", "a\rb", "a\ufffdb", "a\ufffdb"],
  ])("writes %s in each format", (_what, help, text, open) => {
    const own = create();
    own.registry.gauge("g", { help });
    expect(own.text()).toContain(`# HELP g ${text}\n`);
    expect(own.open()).toContain(`# HELP g ${open}\n`);
  });
});

describe("beyond the limit", () => {
  it("all rows share one, and those that are there go on", () => {
    const { registry, text } = create(10);
    const counter = registry.counter("c", { labels: ["a"] });
    for (let index = 0; index < 1_000; index++) counter.add(1, { a: `v${index}` });
    counter.add(1, { a: "v0" });
    const lines = text()
      .split("\n")
      .filter((line) => line.startsWith("c_total"));
    expect(lines).toHaveLength(10);
    expect(lines[0]).toBe('c_total{a="v0"} 2');
    expect(lines.at(-1)).toBe('c_total{otel_metric_overflow="true"} 991');
    expect(registry.counts()).toMatchObject({ series: 10, overflowing: 1 });
  });

  it("text stays quick: 2,000 rows of three histograms", () => {
    const { registry } = create();
    for (const name of ["a", "b", "c"]) {
      const histogram = registry.histogram(name, { labels: ["x"] });
      for (let index = 0; index < 3_000; index++) histogram.observe(0.1, { x: index });
    }
    expect(registry.counts().series).toBe(6_000);
    expect(parseExposition(registry.expose().body, false).get("b")?.samples).toHaveLength(2_000 * 17);
  });
});

describe("OpenMetrics", () => {
  it("has the family's own name, its unit, bounds as numbers with a point, and an end", () => {
    const { registry, open } = create();
    registry.counter("c", { help: "Count.", unit: "By" }).add(2);
    registry.histogram("h", { buckets: [0.5, 1, 1e21] }).observe(1);
    expect(open()).toBe(
      [
        "# TYPE c_bytes counter",
        "# UNIT c_bytes bytes",
        "# HELP c_bytes Count.",
        "c_bytes_total 2",
        "# TYPE h histogram",
        'h_bucket{le="0.5"} 0',
        'h_bucket{le="1.0"} 1',
        'h_bucket{le="1e+21"} 1',
        'h_bucket{le="+Inf"} 1',
        "h_sum 1",
        "h_count 1",
        "# EOF",
        "",
      ].join("\n"),
    );
  });

  const trace = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };
  const written = `# {trace_id="${trace.traceId}",span_id="${trace.spanId}"}`;

  it("names a trace for a bucket and for a counter, once somebody reads it", () => {
    const { registry, open, text } = create();
    const histogram = registry.histogram("h", { buckets: [1] });
    const counter = registry.counter("c");
    histogram.observe(0.5, undefined, trace);
    expect(open()).not.toContain(trace.traceId);
    histogram.observe(0.5, undefined, trace);
    histogram.observe(0.7, undefined, trace);
    histogram.observe(3, undefined, trace);
    counter.add(4, undefined, trace);
    expect(open()).toContain(`h_bucket{le="1.0"} 3 ${written} 0.7 1800000000.123\n`);
    expect(open()).toContain(`h_bucket{le="+Inf"} 4 ${written} 3 1800000000.123\n`);
    expect(open()).toContain(`c_total 4 ${written} 4 1800000000.123\n`);
    expect(text()).not.toContain(trace.traceId);
  });

  it.each([
    [undefined, false],
    ["", false],
    ["*/*", false],
    ["text/plain", false],
    ["text/plain; version=0.0.4", false],
    ["text/html,application/xhtml+xml,*/*;q=0.8", false],
    ["application/openmetrics-text", true],
    ["application/openmetrics-text; version=1.0.0", true],
    ["application/openmetrics-text; version=0.0.1", true],
    ['application/openmetrics-text; version="1.0.0"', true],
    ["application/openmetrics-text; version=2.0.0", false],
    ["APPLICATION/OPENMETRICS-TEXT; VERSION=1.0.0", false],
    ["Application/openmetrics-text;Version=1.0.0", true],
    ["application/openmetrics-text;q=0", false],
    ["application/openmetrics-text;q=0.5, text/plain", false],
    ["application/openmetrics-text;q=0.5, text/plain;q=0.5", true],
    ["application/openmetrics-text;q=2", false],
    ["application/openmetrics-text;q=x", false],
    ["application/openmetrics-textual", false],
    [
      "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
      true,
    ],
    [
      "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,text/plain;version=0.0.4;q=0.3",
      false,
    ],
  ])("is what a reader gets that accepts %j: %s", (accept, isOpen) => {
    const { contentType, body } = create().registry.expose(accept);
    expect(contentType.startsWith("application/openmetrics-text; version=1.0.0")).toBe(isOpen);
    expect(body.endsWith("# EOF\n")).toBe(isOpen);
  });
});

const anyLabel = fc.oneof(fc.string({ unit: "binary", maxLength: 40 }), fc.string({ maxLength: 300 }), fc.integer());
const anyRow = fc.record({
  a: anyLabel,
  b: fc.oneof(anyLabel, fc.constant(null)),
  value: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer()),
});

describe("whatever the values", () => {
  it.each([false, true])("a strict reader reads what was counted (OpenMetrics: %s)", (isOpen) => {
    fc.assert(
      fc.property(fc.array(anyRow, { maxLength: 20 }), fc.string({ unit: "binary" }), (rows, help) => {
        const { registry } = create();
        if (isOpen) registry.expose(OPEN);
        const histogram = registry.histogram("h", { labels: ["a", "b"], help, buckets: [-1e3, 0, 0.1, 1e9] });
        const gauge = registry.gauge("g", { labels: ["a", "b"], help });
        for (const { value, ...labels } of rows) {
          histogram.observe(value, labels, { traceId: "t", spanId: "s" });
          gauge.set(value, labels);
        }
        const { body } = registry.expose(isOpen ? OPEN : undefined);
        // oxlint-disable-next-line no-control-regex -- none may be there
        expect(body).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
        const read = parseExposition(body, isOpen);
        const counts = read.get("h")!.samples.filter(({ name }) => name === "h_count");
        expect(counts.reduce((sum, { value }) => sum + value, 0)).toBe(rows.length);
        expect(read.get("g")!.samples).toHaveLength(counts.length);
        expect(new Set(read.get("g")!.samples.map(({ labels }) => JSON.stringify(labels))).size).toBe(counts.length);
      }),
      { numRuns: 500 },
    );
  });
});

/** The library as an oracle: what it writes for the same values. */
interface PromClient {
  Registry: new () => { metrics(): Promise<string> };
  Counter: new (options: object) => { inc(labels: object, value: number): void };
  Gauge: new (options: object) => { set(labels: object, value: number): void };
  Histogram: new (options: object) => { observe(labels: object, value: number): void };
}
const prom = createRequire(import.meta.url)("prom-client") as PromClient;

describe("prom-client", () => {
  it.each([
    ["plain", "x"],
    ["quotes and backslashes", String.raw`"\n"`],
    ["a line feed", "a\nb"],
    ["several bytes", "ü 👋"],
  ])("writes the same lines for the same values: %s", async (_what, label) => {
    const theirs = new prom.Registry();
    const { registry, text } = create();
    const help = 'Help with \\ and\n"line".';
    const settings = { help, labelNames: ["a", "b"], registers: [theirs] };
    const labels = { a: label, b: "2" };
    const own = { help, labels: ["a", "b"] };
    new prom.Counter({ ...settings, name: "c_total" }).inc(labels, 2.5);
    registry.counter("c_total", own).add(2.5, labels);
    new prom.Gauge({ ...settings, name: "g" }).set(labels, -1e-7);
    registry.gauge("g", own).set(-1e-7, labels);
    const buckets = [0.1, 1, 5];
    const histogram = new prom.Histogram({ ...settings, name: "h", buckets });
    const ownHistogram = registry.histogram("h", { ...own, buckets });
    for (const value of [0.05, 0.1, 0.7, 5, 9]) {
      histogram.observe(labels, value);
      ownHistogram.observe(value, labels);
    }
    const read = (lines: string) => parseExposition(lines.replaceAll("\n\n", "\n"), false);
    expect([...read(text())]).toEqual([...read(await theirs.metrics())]);
  });
});
