import type { SeriesVerdict } from "@gatewatch/detect";
import type { AnomalySeries } from "@gatewatch/protocol";

const VALUES = 4;

/** The last points of a series beside what was expected at each: 16 bytes a point. */
export class PointWindow {
  readonly #capacity: number;
  readonly #stepMs: number;
  readonly #values: Float32Array;
  readonly #times: Float64Array;
  #length = 0;
  #next = 0;

  constructor(capacity: number, stepMs: number) {
    this.#capacity = capacity;
    this.#stepMs = stepMs;
    this.#values = new Float32Array(capacity * VALUES);
    this.#times = new Float64Array(capacity);
  }

  add(atMs: number, value: number, expected: SeriesVerdict["expected"]): void {
    const at = this.#next;
    this.#times[at] = atMs;
    this.#values.set(
      [value, expected?.low ?? Number.NaN, expected?.middle ?? Number.NaN, expected?.high ?? Number.NaN],
      at * VALUES,
    );
    this.#next = (at + 1) % this.#capacity;
    this.#length = Math.min(this.#capacity, this.#length + 1);
  }

  /** The points from `fromMs` on, oldest first. */
  since(fromMs: number): AnomalySeries {
    const series: AnomalySeries = { stepMs: this.#stepMs, time: [], value: [], low: [], middle: [], high: [] };
    for (let i = 0; i < this.#length; i++) {
      const at = (this.#next - this.#length + i + this.#capacity) % this.#capacity;
      if (this.#times[at]! < fromMs) continue;
      series.time.push(this.#times[at]!);
      for (const [offset, name] of (["value", "low", "middle", "high"] as const).entries()) {
        const value = this.#values[at * VALUES + offset]!;
        series[name].push(Number.isFinite(value) ? Number(value.toPrecision(6)) : null);
      }
    }
    return series;
  }
}
