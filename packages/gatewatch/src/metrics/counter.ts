import type { BoundCounter, Counter, Labels, TraceReference } from "../gate/instruments.ts";
import type { Exemplar, MetricHost, Sample, Series } from "./metric.ts";
import { SeriesTable } from "./series-table.ts";
import { SeriesValues } from "./series-values.ts";

/** One sum. */
class CounterSeries implements Series, BoundCounter {
  readonly values: readonly string[] | undefined;
  labelText: string | undefined = undefined;
  readonly #host: MetricHost;
  readonly #block: Float64Array;
  readonly #at: number;
  #exemplar: Exemplar | undefined = undefined;

  constructor(host: MetricHost, room: SeriesValues, values: readonly string[] | undefined) {
    this.#host = host;
    this.values = values;
    const { block, at } = room.take();
    this.#block = block;
    this.#at = at;
  }

  add(value = 1, trace?: TraceReference): void {
    if (typeof value !== "number" || !(value >= 0 && value < Number.POSITIVE_INFINITY)) {
      this.#host.dropped++;
      return;
    }
    this.#block[this.#at]! += value;
    if (trace !== undefined && this.#host.keepsTraces) {
      const { traceId, spanId } = trace;
      this.#exemplar = { value, traceId, spanId, timeMs: this.#host.now() };
    }
  }

  samples(): readonly Sample[] {
    return [{ suffix: "_total", bound: undefined, value: this.#block[this.#at]!, exemplar: this.#exemplar }];
  }
}

/** A counter of our own. */
export class OwnCounter implements Counter {
  readonly table: SeriesTable<CounterSeries>;

  constructor(host: MetricHost, labels: readonly string[]) {
    const room = new SeriesValues(1);
    this.table = new SeriesTable(labels, host.maxSeries, (values) => new CounterSeries(host, room, values));
    // Without labels there is a row from the start: "none yet" is a number too.
    if (labels.length === 0) this.table.find(undefined);
  }

  add(value = 1, labels?: Labels, trace?: TraceReference): void {
    this.table.find(labels).add(value, trace);
  }

  with(labels: Labels): BoundCounter {
    return this.table.find(labels);
  }
}
