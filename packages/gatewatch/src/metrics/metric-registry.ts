import type {
  Counter,
  CounterOptions,
  Gauge,
  GaugeOptions,
  Histogram,
  HistogramOptions,
  InstrumentOptions,
  Instruments,
} from "../gate/instruments.ts";
import type { Clock } from "../gate/clock.ts";
import type { WriteNotice } from "../gate/notices.ts";
import { OwnCounter } from "./counter.ts";
import { OwnGauge } from "./gauge.ts";
import { DURATION_BUCKETS, OwnHistogram, parseBuckets } from "./histogram.ts";
import type { Metric, MetricHost } from "./metric.ts";
import { type MetricKind, parseLabelNames, parseMetricName } from "./metric-name.ts";
import { negotiateFormat, type TextFormat } from "./negotiate-format.ts";
import { writeExposition } from "./write-exposition.ts";

export interface MetricRegistrySettings {
  /** Rows of one metric, the shared one included. */
  maxSeries: number;
  clock: Clock;
  notice: WriteNotice;
}

export interface MetricCounts {
  metrics: number;
  /** Rows of all metrics. */
  series: number;
  /** Metrics whose rows beyond the limit share one. */
  overflowing: number;
  /** Values that were no numbers of their kind. */
  valuesDropped: number;
  /** Metrics that were refused: names that cannot be used, or are used already, or too many. */
  refused: number;
}

type Instrument = OwnCounter | OwnHistogram | OwnGauge;

interface Entry extends Metric {
  readonly instrument: Instrument;
}

const MAX_METRICS = 1_000;
const MAX_NOTICES = 20;
const SUFFIXES: Readonly<Record<MetricKind, readonly string[]>> = {
  counter: ["", "_total"],
  gauge: [""],
  histogram: ["", "_bucket", "_sum", "_count"],
};

/** The instruments of one Gatewatch, and their numbers as text for Prometheus. */
export class MetricRegistry implements Instruments, MetricHost {
  readonly maxSeries: number;
  dropped = 0;
  keepsTraces = false;
  readonly #clock: Clock;
  readonly #notice: WriteNotice;
  readonly #entries = new Map<string, Entry>();
  /** Names of lines: two metrics must not write the same. */
  readonly #takenNames = new Set<string>();
  readonly #newcomers: ((metric: Metric, instrument: Instrument) => void)[] = [];
  readonly #saidAbout = new Set<string>();
  #refused = 0;

  constructor({ maxSeries, clock, notice }: MetricRegistrySettings) {
    this.maxSeries = maxSeries;
    this.#clock = clock;
    this.#notice = notice;
  }

  counter(name: string, options: CounterOptions = NO_OPTIONS): Counter {
    const known = this.#entries.get(name)?.instrument;
    if (known instanceof OwnCounter) return known;
    const make = (labels: readonly string[] = []): OwnCounter => new OwnCounter(this, labels);
    return this.#add(name, "counter", options, make, make, options?.collect);
  }

  histogram(name: string, options: HistogramOptions = NO_OPTIONS): Histogram {
    const known = this.#entries.get(name)?.instrument;
    if (known instanceof OwnHistogram) return known;
    const make = (labels: readonly string[]): OwnHistogram =>
      new OwnHistogram(this, labels, parseBuckets(options.buckets ?? DURATION_BUCKETS));
    return this.#add(name, "histogram", options, make, () => new OwnHistogram(this, [], new Float64Array(0)));
  }

  gauge(name: string, options: GaugeOptions = NO_OPTIONS): Gauge {
    const known = this.#entries.get(name)?.instrument;
    if (known instanceof OwnGauge) return known;
    const make = (labels: readonly string[] = []): OwnGauge => new OwnGauge(this, labels);
    return this.#add(name, "gauge", options, make, make, options?.collect);
  }

  /** All metrics, in the order in which they were made, with the values of callbacks as they are now. */
  collect(): readonly Metric[] {
    const metrics = [...this.#entries.values()];
    for (const metric of metrics) metric.collect();
    return metrics;
  }

  /** What a reader with this `Accept` gets: OpenMetrics 1.0, or the text format 0.0.4. */
  expose(accept?: string): { contentType: string; body: string } {
    const { contentType, body } = this.exposeBytes(accept);
    return { contentType, body: new TextDecoder().decode(body) };
  }

  /** The same as UTF-8. */
  exposeBytes(accept?: string): { contentType: string; body: Uint8Array } {
    const format: TextFormat = negotiateFormat(accept);
    if (format.isOpenMetrics) this.keepsTraces = true;
    return { contentType: format.contentType, body: writeExposition(this.collect(), format.isOpenMetrics) };
  }

  /** Calls `tell` with each metric, those to come included. */
  follow(tell: (metric: Metric, instrument: Instrument) => void): void {
    this.#newcomers.push(tell);
    for (const entry of this.#entries.values()) tell(entry, entry.instrument);
  }

  counts(): MetricCounts {
    const entries = [...this.#entries.values()];
    return {
      metrics: entries.length,
      series: entries.reduce((sum, entry) => sum + entry.series().length, 0),
      overflowing: entries.filter(({ hasOverflowed }) => hasOverflowed).length,
      valuesDropped: this.dropped,
      refused: this.#refused,
    };
  }

  now(): number {
    return this.#clock.now();
  }

  /** Says each thing about each metric once, and not without end. */
  say(code: string, about: string, message: string, error?: unknown): void {
    const key = `${code} ${about}`;
    if (this.#saidAbout.size >= MAX_NOTICES || this.#saidAbout.has(key)) return;
    this.#saidAbout.add(key);
    this.#notice({ level: "warn", code, message, ...(error === undefined ? {} : { error }) });
  }

  #add<I extends Instrument>(
    name: string,
    kind: MetricKind,
    options: InstrumentOptions,
    make: (labels: readonly string[]) => I,
    makeInert: () => I,
    collect?: (instrument: I) => void,
  ): I {
    try {
      const entry = this.#describe(name, kind, options, make, collect);
      this.#entries.set(name, entry);
      for (const suffix of SUFFIXES[kind]) this.#takenNames.add(entry.family + suffix);
      for (const tell of this.#newcomers) tell(entry, entry.instrument);
      return entry.instrument;
    } catch (error) {
      this.#refused++;
      const reason = error instanceof Error ? error.message : String(error);
      this.say("metric_refused", showName(name), `The metric ${showName(name)} counts nothing: ${reason}.`);
      return makeInert();
    }
  }

  #describe<I extends Instrument>(
    name: string,
    kind: MetricKind,
    options: InstrumentOptions,
    make: (labels: readonly string[]) => I,
    collect: ((instrument: I) => void) | undefined,
  ): Entry & { instrument: I } {
    const { help = "", unit, labels: givenLabels = [] } = options ?? NO_OPTIONS;
    const used = this.#entries.get(name);
    if (used !== undefined) throw new TypeError(`it is a ${used.kind} already`);
    if (this.#entries.size >= MAX_METRICS) throw new TypeError(`there are ${MAX_METRICS} metrics already`);
    const exposed = parseMetricName(name, kind, unit);
    const labels = parseLabelNames(givenLabels, kind);
    for (const suffix of SUFFIXES[kind]) {
      const line = exposed.family + suffix;
      if (this.#takenNames.has(line)) throw new TypeError(`another metric writes lines called ${line}`);
    }
    const instrument = make(givenLabels);
    return {
      name,
      kind,
      help: String(help),
      givenUnit: unit,
      givenLabels,
      labels,
      ...exposed,
      instrument,
      collect: () => this.#collectOne(name, instrument, collect),
      series: () => instrument.table.all,
      get hasOverflowed() {
        return instrument.table.hasOverflowed;
      },
    };
  }

  #collectOne<I>(name: string, instrument: I, collect: ((instrument: I) => void) | undefined): void {
    if (collect === undefined) return;
    try {
      collect(instrument);
    } catch (error) {
      this.say("metric_failed", name, `The callback of the metric ${name} failed.`, error);
    }
  }
}

const NO_OPTIONS: Readonly<Record<string, never>> = Object.freeze({});

function showName(name: unknown): string {
  return typeof name === "string" ? name.slice(0, 80) : `(a ${typeof name})`;
}
