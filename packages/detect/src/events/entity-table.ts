import type { StateReader } from "../snapshot/state-reader.ts";
import type { StateWriter } from "../snapshot/state-writer.ts";

const FIRST_SLOTS = 64;
const PROBES = 8;
const RATE_MS = 3_600_000;
/** Events that the population counts for beside an entity's own. */
const PRIOR = 3;
const MIN_RATE = 100;
const MIN_HISTORY = 3;

/** What each user, address or terminal usually does: an amount, a rate, where it was last. The one seen longest ago makes room. */
export class EntityTable {
  readonly maxSlots: number;
  #keys = new Int32Array(FIRST_SLOTS);
  #counts = new Uint16Array(FIRST_SLOTS);
  #means = new Float32Array(FIRST_SLOTS);
  #spreads = new Float32Array(FIRST_SLOTS);
  #rates = new Float32Array(FIRST_SLOTS);
  #lastAt = new Float64Array(FIRST_SLOTS);
  #lastPlace = new Int32Array(FIRST_SLOTS);
  #size = 0;
  /** The population's amount, and the spread of an entity's amounts about its own mean. */
  #mean = 0;
  #variance = 0;
  #within = 0;
  #seen = 0;
  #allRate = 0;
  #allAt = 0;

  constructor(maxSlots: number) {
    this.maxSlots = maxSlots;
  }

  get bytes(): number {
    return this.#keys.length * 30;
  }

  find(key: number): number {
    const mask = this.#keys.length - 1;
    for (let probe = 0; probe < PROBES; probe++) {
      const at = ((key ^ (key >>> 15)) + probe) & mask;
      if (this.#keys[at] === key) return at;
    }
    return -1;
  }

  /** How far an amount is from the entity's usual ones, in its own standard deviations: shrunken towards the population's. */
  zOf(at: number, amount: number): number {
    if (this.#seen < 50 || at < 0 || this.#counts[at]! < MIN_HISTORY) return 0;
    const value = toScale(amount);
    const count = at < 0 ? 0 : Math.min(50, this.#counts[at]!);
    const prior = count === 0 ? this.#variance : this.#within;
    const mean = (PRIOR * this.#mean + count * (at < 0 ? 0 : this.#means[at]!)) / (PRIOR + count);
    const variance = (PRIOR * prior + count * (at < 0 ? 0 : this.#spreads[at]!)) / (PRIOR + count);
    const doubt =
      (PRIOR / (PRIOR + count)) *
      Math.max(0, this.#variance - this.#within) *
      (count === 0 ? 0 : PRIOR / (PRIOR + count));
    return (value - mean) / Math.sqrt(variance + doubt + 1e-12);
  }

  /** Share of the events of about the last hour that came from this entity; 0 while there are few. */
  shareOf(at: number, nowMs: number): number {
    const all = decay(this.#allRate, this.#allAt, nowMs);
    return at < 0 || all < MIN_RATE ? 0 : this.#rateOf(at, nowMs) / all;
  }

  /** Counts an event, once for all of its entities. */
  count(nowMs: number): void {
    this.#allRate = decay(this.#allRate, this.#allAt, nowMs) + 1;
    this.#allAt = Math.max(this.#allAt, nowMs);
  }

  #rateOf(at: number, nowMs: number): number {
    return decay(this.#rates[at]!, this.#lastAt[at]!, nowMs);
  }

  /** Where the entity was last; 0 when it was nowhere. */
  placeOf(at: number): number {
    return at < 0 ? 0 : this.#lastPlace[at]!;
  }

  usualOf(at: number): { low: number; high: number; count: number } | undefined {
    if (at < 0 || this.#counts[at]! < 3) return undefined;
    const reach = 2 * Math.sqrt(this.#spreads[at]! + this.#within / this.#counts[at]!);
    return {
      low: fromScale(this.#means[at]! - reach),
      high: fromScale(this.#means[at]! + reach),
      count: this.#counts[at]!,
    };
  }

  /** @param amount NaN for events without one */
  learn(key: number, amount: number, place: number, nowMs: number): void {
    const at = this.#slotOf(key);
    const rate = this.#rateOf(at, nowMs);
    this.#rates[at] = rate + 1;
    this.#lastAt[at] = Math.max(this.#lastAt[at]!, nowMs);
    this.#lastPlace[at] = place;
    if (Number.isNaN(amount)) return;
    const value = toScale(amount);
    const count = Math.min(200, this.#counts[at]!);
    this.#seen++;
    const weight = 1 / Math.min(this.#seen, 5_000);
    const off = value - this.#mean;
    this.#mean += off * weight;
    this.#variance += (off * off - this.#variance) * weight;
    const own = value - this.#means[at]!;
    if (count > 0) this.#within += ((own * own * count) / (count + 1) - this.#within) * weight;
    this.#means[at] = this.#means[at]! + own / (count + 1);
    this.#spreads[at] = this.#spreads[at]! + ((own * own * count) / (count + 1) - this.#spreads[at]!) / (count + 1);
    this.#counts[at] = Math.min(0xffff, this.#counts[at]! + 1);
  }

  merge(other: EntityTable): void {
    for (let from = 0; from < other.#keys.length; from++) {
      if (other.#keys[from] === 0) continue;
      const at = this.#slotOf(other.#keys[from]!);
      const [mine, theirs] = [this.#counts[at]!, other.#counts[from]!];
      const share = theirs / Math.max(1, mine + theirs);
      this.#means[at]! += (other.#means[from]! - this.#means[at]!) * share;
      this.#spreads[at]! += (other.#spreads[from]! - this.#spreads[at]!) * share;
      this.#counts[at] = Math.min(0xffff, mine + theirs);
      this.#rates[at]! += other.#rates[from]!;
      if (other.#lastAt[from]! < this.#lastAt[at]!) continue;
      this.#lastAt[at] = other.#lastAt[from]!;
      this.#lastPlace[at] = other.#lastPlace[from]!;
    }
    const share = other.#seen / Math.max(1, this.#seen + other.#seen);
    this.#mean += (other.#mean - this.#mean) * share;
    this.#variance += (other.#variance - this.#variance) * share;
    this.#within += (other.#within - this.#within) * share;
    this.#seen += other.#seen;
    this.#allRate += other.#allRate;
    this.#allAt = Math.max(this.#allAt, other.#allAt);
  }

  #slotOf(key: number): number {
    const known = this.find(key);
    if (known >= 0) return known;
    const slots = this.#keys.length;
    if (this.#size > slots * 0.6 && slots < this.maxSlots) this.#grow();
    const mask = this.#keys.length - 1;
    let oldest = -1;
    for (let probe = 0; probe < PROBES; probe++) {
      const at = ((key ^ (key >>> 15)) + probe) & mask;
      if (this.#keys[at] === 0) {
        oldest = at;
        this.#size++;
        break;
      }
      if (oldest < 0 || this.#lastAt[at]! < this.#lastAt[oldest]!) oldest = at;
    }
    this.#keys[oldest] = key;
    this.#counts[oldest] =
      this.#means[oldest] =
      this.#spreads[oldest] =
      this.#rates[oldest] =
      this.#lastPlace[oldest] =
      this.#lastAt[oldest] =
        0;
    return oldest;
  }

  #grow(): void {
    const old = [
      this.#keys,
      this.#counts,
      this.#means,
      this.#spreads,
      this.#rates,
      this.#lastAt,
      this.#lastPlace,
    ] as const;
    const slots = this.#keys.length * 2;
    [this.#keys, this.#counts, this.#means, this.#spreads] = [
      new Int32Array(slots),
      new Uint16Array(slots),
      new Float32Array(slots),
      new Float32Array(slots),
    ];
    [this.#rates, this.#lastAt, this.#lastPlace] = [
      new Float32Array(slots),
      new Float64Array(slots),
      new Int32Array(slots),
    ];
    this.#size = 0;
    for (let from = 0; from < old[0].length; from++) {
      if (old[0][from] === 0) continue;
      const at = this.#slotOf(old[0][from]!);
      this.#counts[at] = old[1][from]!;
      this.#means[at] = old[2][from]!;
      this.#spreads[at] = old[3][from]!;
      this.#rates[at] = old[4][from]!;
      this.#lastAt[at] = old[5][from]!;
      this.#lastPlace[at] = old[6][from]!;
    }
  }

  write(w: StateWriter): void {
    w.count(this.#keys.length);
    w.count(this.#size);
    for (const numbers of [
      this.#keys,
      this.#counts,
      this.#means,
      this.#spreads,
      this.#rates,
      this.#lastAt,
      this.#lastPlace,
    ])
      w.numbers(numbers);
    for (const value of [this.#mean, this.#variance, this.#within, this.#allRate, this.#allAt]) w.f64(value);
    w.count(this.#seen);
  }

  readInto(r: StateReader): void {
    const slots = r.count(this.maxSlots);
    if (slots < FIRST_SLOTS || (slots & (slots - 1)) !== 0) r.refuse("A table has an impossible size.");
    this.#size = r.count(slots);
    [this.#keys, this.#counts] = [r.numbersInto(new Int32Array(slots)), r.numbersInto(new Uint16Array(slots))];
    [this.#means, this.#spreads] = [r.numbersInto(new Float32Array(slots)), r.numbersInto(new Float32Array(slots))];
    [this.#rates, this.#lastAt] = [r.numbersInto(new Float32Array(slots)), r.numbersInto(new Float64Array(slots))];
    this.#lastPlace = r.numbersInto(new Int32Array(slots));
    [this.#mean, this.#variance, this.#within] = [r.finite(), r.finite(0), r.finite(0)];
    [this.#allRate, this.#allAt] = [r.finite(0), r.finite()];
    this.#seen = r.count();
  }
}

function decay(rate: number, fromMs: number, nowMs: number): number {
  return rate * Math.exp(-Math.max(0, nowMs - fromMs) / RATE_MS);
}

/** Between linear and logarithmic: amounts spread in proportion, and high ones are what matters. */
function toScale(amount: number): number {
  return Math.sign(amount) * Math.sqrt(Math.min(1e30, Math.abs(amount)));
}

function fromScale(value: number): number {
  return Math.sign(value) * value * value;
}
