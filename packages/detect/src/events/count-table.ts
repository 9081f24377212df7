import type { StateReader } from "../snapshot/state-reader.ts";
import type { StateWriter } from "../snapshot/state-writer.ts";

const FIRST_SLOTS = 256;
const MAX_COUNT = 0xffff;
const MAX_LOAD = 0.7;

/** Counts by 32-bit keys, in open addressing. It grows up to a limit; then what has been seen once is forgotten. */
export class CountTable {
  readonly maxSlots: number;
  size = 0;
  #keys = new Int32Array(FIRST_SLOTS);
  #counts = new Uint16Array(FIRST_SLOTS);
  #mask = FIRST_SLOTS - 1;

  /** @param maxSlots a power of two; six bytes each */
  constructor(maxSlots: number) {
    this.maxSlots = maxSlots;
  }

  get bytes(): number {
    return this.#keys.length * 6;
  }

  get isFull(): boolean {
    return this.#keys.length >= this.maxSlots && this.size >= this.maxSlots * MAX_LOAD;
  }

  get(key: number): number {
    const keys = this.#keys;
    const wanted = key === 0 ? 1 : key;
    for (let at = spread(wanted) & this.#mask; ; at = (at + 1) & this.#mask) {
      const found = keys[at]!;
      if (found === wanted) return this.#counts[at]!;
      if (found === 0) return 0;
    }
  }

  /** Adds one; a new key is passed over while the table is full. @returns the count before */
  add(key: number, by = 1): number {
    const wanted = key === 0 ? 1 : key;
    let at = spread(wanted) & this.#mask;
    for (; ; at = (at + 1) & this.#mask) {
      const found = this.#keys[at]!;
      if (found === 0) break;
      if (found !== wanted) continue;
      const count = this.#counts[at]!;
      this.#counts[at] = Math.min(MAX_COUNT, count + by);
      return count;
    }
    if (this.size >= this.#keys.length * MAX_LOAD) {
      if (this.#keys.length >= this.maxSlots) return 0;
      this.#rebuild(this.#keys.length * 2, 0);
      return this.add(key, by);
    }
    this.#keys[at] = wanted;
    this.#counts[at] = Math.min(MAX_COUNT, by);
    this.size++;
    return 0;
  }

  /** Forgets what has been counted for a key. */
  remove(key: number): void {
    const at = this.#placeOf(key);
    if (at >= 0) this.#counts[at] = 0;
  }

  /** One less, down to 0. */
  takeOne(key: number): void {
    const at = this.#placeOf(key);
    if (at >= 0) this.#counts[at] = Math.max(0, this.#counts[at]! - 1);
  }

  /** Halves all counts, and more often when that does not make enough room: what has been seen once or twice is forgotten. */
  fade(): void {
    let shift = 1;
    this.#rebuild(this.#keys.length, shift);
    while (this.size > this.#keys.length * MAX_LOAD * 0.75) this.#rebuild(this.#keys.length, shift++);
  }

  merge(other: CountTable): void {
    for (let at = 0; at < other.#keys.length; at++) {
      const key = other.#keys[at]!;
      if (key === 0) continue;
      if (this.isFull) this.fade();
      this.add(key, other.#counts[at]!);
    }
  }

  write(w: StateWriter): void {
    w.count(this.#keys.length);
    w.count(this.size);
    w.numbers(this.#keys);
    w.numbers(this.#counts);
  }

  readInto(r: StateReader): void {
    const slots = r.count(this.maxSlots);
    if (slots < FIRST_SLOTS || (slots & (slots - 1)) !== 0) r.refuse("A table has an impossible size.");
    this.size = r.count(slots);
    this.#keys = r.numbersInto(new Int32Array(slots));
    this.#counts = r.numbersInto(new Uint16Array(slots));
    this.#mask = slots - 1;
    let filled = 0;
    for (const key of this.#keys) if (key !== 0) filled++;
    if (filled !== this.size || filled > slots * MAX_LOAD + 1) r.refuse("A table holds more than it says.");
  }

  /** −1 where it is not counted. */
  #placeOf(key: number): number {
    const wanted = key === 0 ? 1 : key;
    for (let at = spread(wanted) & this.#mask; this.#keys[at] !== 0; at = (at + 1) & this.#mask)
      if (this.#keys[at] === wanted) return at;
    return -1;
  }

  #rebuild(slots: number, shift: number): void {
    const [keys, counts] = [this.#keys, this.#counts];
    this.#keys = new Int32Array(slots);
    this.#counts = new Uint16Array(slots);
    this.#mask = slots - 1;
    this.size = 0;
    for (let from = 0; from < keys.length; from++) {
      const key = keys[from]!;
      const count = counts[from]! >> shift;
      if (key === 0 || count === 0) continue;
      let at = spread(key) & this.#mask;
      while (this.#keys[at] !== 0) at = (at + 1) & this.#mask;
      this.#keys[at] = key;
      this.#counts[at] = count;
      this.size++;
    }
  }
}

function spread(key: number): number {
  return key ^ (key >>> 16);
}
