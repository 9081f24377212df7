import type { BoundGauge, Gauge, Labels } from "../gate/instruments.ts";
import type { MetricHost, Sample, Series } from "./metric.ts";
import { SeriesTable } from "./series-table.ts";
import { SeriesValues } from "./series-values.ts";

/** One number as it is now. */
class GaugeSeries implements Series, BoundGauge {
  readonly values: readonly string[] | undefined;
  labelText: string | undefined = undefined;
  readonly #host: MetricHost;
  readonly #block: Float64Array;
  readonly #at: number;

  constructor(host: MetricHost, room: SeriesValues, values: readonly string[] | undefined) {
    this.#host = host;
    this.values = values;
    const { block, at } = room.take();
    this.#block = block;
    this.#at = at;
  }

  set(value: number): void {
    if (Number.isFinite(value)) this.#block[this.#at] = value;
    else this.#host.dropped++;
  }

  add(value: number): void {
    if (Number.isFinite(value)) this.#block[this.#at]! += value;
    else this.#host.dropped++;
  }

  samples(): readonly Sample[] {
    return [{ suffix: "", bound: undefined, value: this.#block[this.#at]!, exemplar: undefined }];
  }
}

/** A gauge of our own. */
export class OwnGauge implements Gauge {
  readonly table: SeriesTable<GaugeSeries>;
  #room = new SeriesValues(1);

  constructor(host: MetricHost, labels: readonly string[]) {
    this.table = new SeriesTable(labels, host.maxSeries, (values) => new GaugeSeries(host, this.#room, values));
  }

  set(value: number, labels?: Labels): void {
    this.table.find(labels).set(value);
  }

  add(value: number, labels?: Labels): void {
    this.table.find(labels).add(value);
  }

  with(labels: Labels): BoundGauge {
    return this.table.find(labels);
  }

  clear(): void {
    this.table.clear();
    this.#room = new SeriesValues(1);
  }
}
