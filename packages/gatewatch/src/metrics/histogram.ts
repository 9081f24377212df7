import type { BoundHistogram, Histogram, Labels, TraceReference } from "../gate/instruments.ts";
import type { Exemplar, MetricHost, Mirror, Sample, Series } from "./metric.ts";
import { SeriesTable } from "./series-table.ts";
import { SeriesValues } from "./series-values.ts";

/** Seconds: what OpenTelemetry advises for the duration of requests. */
export const DURATION_BUCKETS: readonly number[] = Object.freeze([
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
]);

const MAX_BUCKETS = 100;

/** @throws TypeError for bounds that do not ascend. */
export function parseBuckets(buckets: readonly number[]): Float64Array {
  const given: unknown = buckets;
  if (!Array.isArray(given) || given.length > MAX_BUCKETS + 1) {
    throw new TypeError(`buckets must be a list of at most ${MAX_BUCKETS} numbers`);
  }
  // The last one is there in any case.
  const bounds = given.at(-1) === Number.POSITIVE_INFINITY ? given.slice(0, -1) : given;
  for (const [index, bound] of bounds.entries()) {
    if (!Number.isFinite(bound)) throw new TypeError("buckets must be finite numbers");
    if (index > 0 && bound <= bounds[index - 1]) throw new TypeError("buckets must ascend");
  }
  return Float64Array.from(bounds);
}

/** The counts of the buckets, that of infinity included, and behind them the sum. */
class HistogramSeries implements Series, BoundHistogram {
  readonly values: readonly string[] | undefined;
  labelText: string | undefined = undefined;
  readonly #owner: OwnHistogram;
  readonly #block: Float64Array;
  readonly #at: number;
  #exemplars: (Exemplar | undefined)[] | undefined = undefined;

  constructor(owner: OwnHistogram, room: SeriesValues, values: readonly string[] | undefined) {
    this.#owner = owner;
    this.values = values;
    const { block, at } = room.take();
    this.#block = block;
    this.#at = at;
  }

  observe(value: number, trace?: TraceReference): void {
    const owner = this.#owner;
    if (!Number.isFinite(value)) {
      owner.host.dropped++;
      return;
    }
    const { bounds } = owner;
    const { length } = bounds;
    let bucket = 0;
    while (bucket < length && value > bounds[bucket]!) bucket++;
    const block = this.#block;
    const at = this.#at;
    block[at + bucket]! += 1;
    block[at + length + 1]! += value;
    if (trace !== undefined && owner.host.keepsTraces) this.#keepTrace(bucket, value, trace);
    if (owner.mirror !== undefined) owner.mirror(value, this);
  }

  samples(): readonly Sample[] {
    const { bounds } = this.#owner;
    const samples: Sample[] = [];
    let count = 0;
    for (let bucket = 0; bucket <= bounds.length; bucket++) {
      count += this.#block[this.#at + bucket]!;
      const bound = bounds[bucket] ?? Number.POSITIVE_INFINITY;
      samples.push({ suffix: "_bucket", bound, value: count, exemplar: this.#exemplars?.[bucket] });
    }
    const sum = this.#block[this.#at + bounds.length + 1]!;
    samples.push({ suffix: "_sum", bound: undefined, value: sum, exemplar: undefined });
    samples.push({ suffix: "_count", bound: undefined, value: count, exemplar: undefined });
    return samples;
  }

  #keepTrace(bucket: number, value: number, { traceId, spanId }: TraceReference): void {
    const exemplars = (this.#exemplars ??= Array.from({ length: this.#owner.bounds.length + 1 }));
    const timeMs = this.#owner.host.now();
    const kept = exemplars[bucket];
    if (kept === undefined) exemplars[bucket] = { value, traceId, spanId, timeMs };
    else {
      kept.value = value;
      kept.traceId = traceId;
      kept.spanId = spanId;
      kept.timeMs = timeMs;
    }
  }
}

/** A histogram of our own. */
export class OwnHistogram implements Histogram {
  readonly host: MetricHost;
  readonly bounds: Float64Array;
  readonly table: SeriesTable<HistogramSeries>;
  /** Set while another library is told of each value. */
  mirror: Mirror | undefined = undefined;

  constructor(host: MetricHost, labels: readonly string[], bounds: Float64Array) {
    this.host = host;
    this.bounds = bounds;
    const room = new SeriesValues(bounds.length + 2);
    this.table = new SeriesTable(labels, host.maxSeries, (values) => new HistogramSeries(this, room, values));
    if (labels.length === 0) this.table.find(undefined);
  }

  observe(value: number, labels?: Labels, trace?: TraceReference): void {
    this.table.find(labels).observe(value, trace);
  }

  with(labels: Labels): BoundHistogram {
    return this.table.find(labels);
  }
}
