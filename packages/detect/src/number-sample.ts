const SIZE = 512;
const REFRESH = 64;
const MIN_SIZE = 32;
const MAX_SURPRISE = 24;
const [NATS_OF_QUARTER, NATS_OF_HUNDREDTH] = [Math.log(4), Math.log(100)];

/** The newest values of a numeric field, and how surprising another one would be. */
export class NumberSample {
  #values: Float64Array | undefined;
  #count = 0;
  #low = 0;
  #lowQuarter = 0;
  #middle = 0;
  #highQuarter = 0;
  #high = 0;

  add(value: number): void {
    this.#values ??= new Float64Array(SIZE);
    this.#values[this.#count % SIZE] = value;
    this.#count++;
    if (this.#count % REFRESH === 0 || this.#count === MIN_SIZE) this.#refresh(this.#values);
  }

  /** About −ln of the share of values at least as far out on that side: by the quantiles, and an exponential tail beyond the outermost. */
  surpriseOf(value: number): number {
    if (this.#count < MIN_SIZE) return 0;
    if (value > this.#highQuarter) return this.#tail(value - this.#highQuarter, this.#high - this.#highQuarter);
    if (value < this.#lowQuarter) return this.#tail(this.#lowQuarter - value, this.#lowQuarter - this.#low);
    return 0;
  }

  describe(): string {
    return this.#count < MIN_SIZE ? "not known yet" : `${format(this.#low)} to ${format(this.#high)}`;
  }

  #tail(distance: number, width: number): number {
    const scale = Math.max(width, Math.abs(this.#middle) * 0.001, 1e-9);
    return Math.min(MAX_SURPRISE, NATS_OF_QUARTER + (distance / scale) * (NATS_OF_HUNDREDTH - NATS_OF_QUARTER));
  }

  #refresh(values: Float64Array): void {
    const sorted = values.slice(0, Math.min(this.#count, SIZE)).sort();
    const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))]!;
    [this.#low, this.#lowQuarter, this.#middle] = [at(0.01), at(0.25), at(0.5)];
    [this.#highQuarter, this.#high] = [at(0.75), at(0.99)];
  }
}

function format(value: number): string {
  return String(Number(value.toPrecision(4)));
}
