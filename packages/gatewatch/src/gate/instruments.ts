export type LabelValue = string | number | boolean | null | undefined;
/** Values by the label names that were declared with the instrument; those that are absent or null count as "". */
export type Labels = Readonly<Record<string, LabelValue>>;

/** The trace that a value belongs to, for readers of OpenMetrics. */
export interface TraceReference {
  traceId: string;
  spanId: string;
}

export interface InstrumentOptions {
  /** One sentence for people. */
  help?: string;
  /** UCUM, for example `s`, `By` or `{order}`. */
  unit?: string;
  /** Names of the labels. @default [] */
  labels?: readonly string[];
}

export interface CounterOptions extends InstrumentOptions {
  /** Called before values are read, to bring them up to date. Must be quick; what it throws is said once. */
  collect?: (counter: Counter) => void;
}

export interface HistogramOptions extends InstrumentOptions {
  /** Upper bounds, ascending; without that of infinity. @default 0.005 to 10 */
  buckets?: readonly number[];
}

export interface GaugeOptions extends InstrumentOptions {
  /** Called before values are read, to set them. Must be quick; what it throws is said once. */
  collect?: (gauge: Gauge) => void;
}

/** One row of numbers of a counter. */
export interface BoundCounter {
  /** A value that is no finite number, or below 0, is dropped and counted. */
  add(value?: number, trace?: TraceReference): void;
}

/** Only ever grows. */
export interface Counter {
  add(value?: number, labels?: Labels, trace?: TraceReference): void;
  /** The row of these labels, for code that runs often. */
  with(labels: Labels): BoundCounter;
}

export interface BoundHistogram {
  /** A value that is no finite number is dropped and counted. */
  observe(value: number, trace?: TraceReference): void;
}

/** How often values lie where. */
export interface Histogram {
  observe(value: number, labels?: Labels, trace?: TraceReference): void;
  with(labels: Labels): BoundHistogram;
}

export interface BoundGauge {
  /** A value that is no finite number is dropped and counted. */
  set(value: number): void;
  add(value: number): void;
}

/** A number as it is now. */
export interface Gauge {
  set(value: number, labels?: Labels): void;
  add(value: number, labels?: Labels): void;
  with(labels: Labels): BoundGauge;
  /** Forgets all rows. */
  clear(): void;
}

/**
 * Makes instruments, or finds those of the same name. Names are those of OpenTelemetry (`shop.orders`, unit `{order}`) or of Prometheus
 * (`shop_orders`). A name that cannot be used, or is used for something else, is said once; what is made then counts nothing.
 */
export interface Instruments {
  counter(name: string, options?: CounterOptions): Counter;
  histogram(name: string, options?: HistogramOptions): Histogram;
  gauge(name: string, options?: GaugeOptions): Gauge;
}
