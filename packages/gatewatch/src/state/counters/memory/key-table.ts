/** Cells that every entry begins with. */
const HASH = 0;
/** Monotonic microseconds at which the entry means nothing any more. */
export const UNTIL = 1;
/** Share of the limit that is used up, as of the last touch; from 1 on the key is being refused. */
export const SHARE = 2;
/** The first cell of the algorithm's own. */
export const STATE = 3;

const PAGE_BITS = 10;
const PAGE_ENTRIES = 1 << PAGE_BITS;
/** Entries looked at in passing by each new key, in place of a timer that sweeps. */
const SWEEP_STEPS = 4;
/** Entries among which a full table looks for the least used one. */
const SAMPLE = 24;
/** Counters that newcomers share while a full table holds nothing but refused keys. */
const SHARED = 1024;

/**
 * Fixed-size entries by a 64-bit hash: an open-addressed index over pages of numbers. No texts are kept and no timers run.
 * The number of entries is bounded; a full table gives up ended entries first, then the least used, never one that is being refused.
 */
export class KeyTable {
  /** The entry that `find` or `claim` came to: its page and the cell at which it begins. */
  page: Float64Array<ArrayBuffer> = new Float64Array(0);
  /** The same page as 32-bit words, two per cell. */
  words: Int32Array = new Int32Array(0);
  at = 0;
  entry = -1;
  readonly #cells: number;
  readonly #maxKeys: number;
  readonly #pages: Float64Array<ArrayBuffer>[] = [];
  /** The same pages; the hash is two words of the first cell. */
  readonly #words: Int32Array[] = [];
  /** Entry number + 1 by hash; 0 is empty. At most half full. */
  #index = new Int32Array(256);
  #made = 0;
  #free: number[] = [];
  #hand = 0;
  #shared: Float64Array<ArrayBuffer> | undefined;
  #sharedWords: Int32Array = new Int32Array(0);
  evicted = 0;
  /** Newcomers that had to share a counter. */
  crowded = 0;

  /** `cells`: numbers per entry, the common ones included. */
  constructor(cells: number, maxKeys: number) {
    this.#cells = cells;
    this.#maxKeys = maxKeys;
  }

  /** Entries that are held, ended ones that were not swept yet included. */
  get size(): number {
    return this.#made - this.#free.length;
  }

  /** Bytes of the arrays. */
  get bytes(): number {
    return (
      this.#pages.length * PAGE_ENTRIES * this.#cells * 8 + this.#index.byteLength + (this.#shared?.byteLength ?? 0)
    );
  }

  /** Comes to the key's entry; false when there is none. */
  find(low: number, high: number): boolean {
    const index = this.#index;
    const mask = index.length - 1;
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const found = index[slot]!;
      if (found === 0) return false;
      const entry = found - 1;
      const words = this.#words[entry >>> PAGE_BITS]!;
      const at = (entry & (PAGE_ENTRIES - 1)) * this.#cells;
      if (words[at * 2] === low && words[at * 2 + 1] === high) {
        this.page = this.#pages[entry >>> PAGE_BITS]!;
        this.words = words;
        this.at = at;
        this.entry = entry;
        return true;
      }
    }
  }

  /** Comes to a fresh entry (all zero) for a key that has none; false when it is one that newcomers share, which may hold something. */
  claim(low: number, high: number, nowUs: number): boolean {
    const entry = this.#obtain(nowUs);
    if (entry === -1) {
      this.crowded++;
      if (this.#shared === undefined) {
        this.#shared = new Float64Array(SHARED * this.#cells);
        this.#sharedWords = new Int32Array(this.#shared.buffer);
      }
      this.page = this.#shared;
      this.words = this.#sharedWords;
      this.at = (low & (SHARED - 1)) * this.#cells;
      this.entry = -1 - (low & (SHARED - 1));
      return false;
    }
    this.#goTo(entry);
    this.page.fill(0, this.at, this.at + this.#cells);
    const words = this.#words[entry >>> PAGE_BITS]!;
    words[this.at * 2] = low;
    words[this.at * 2 + 1] = high;
    this.#link(entry, low);
    return true;
  }

  /** Gives up the entry that `find` came to. */
  drop(): void {
    this.#unlink(this.entry);
    this.#free.push(this.entry);
  }

  #goTo(entry: number): void {
    this.page = this.#pages[entry >>> PAGE_BITS]!;
    this.words = this.#words[entry >>> PAGE_BITS]!;
    this.at = (entry & (PAGE_ENTRIES - 1)) * this.#cells;
    this.entry = entry;
  }

  #obtain(nowUs: number): number {
    this.#sweep(nowUs);
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#made < this.#maxKeys) return this.#make();
    const coldest = this.#findColdest(nowUs);
    if (coldest === -1) return -1;
    this.#unlink(coldest);
    this.evicted++;
    return coldest;
  }

  #sweep(nowUs: number): void {
    for (let step = Math.min(SWEEP_STEPS, this.#made); step > 0; step--) {
      const entry = this.#turnHand();
      this.#goTo(entry);
      // An entry on the free list carries an end that never comes.
      if (this.page[this.at + UNTIL]! > nowUs) continue;
      this.#unlink(entry);
      this.#free.push(entry);
    }
  }

  #findColdest(nowUs: number): number {
    let coldest = -1;
    let lowest = 1;
    for (let step = Math.min(SAMPLE, this.#made); step > 0; step--) {
      const entry = this.#turnHand();
      this.#goTo(entry);
      if (this.page[this.at + UNTIL]! <= nowUs) return entry;
      const share = this.page[this.at + SHARE]!;
      if (share < lowest) {
        lowest = share;
        coldest = entry;
      }
    }
    return coldest;
  }

  #turnHand(): number {
    this.#hand = this.#hand + 1 < this.#made ? this.#hand + 1 : 0;
    return this.#hand;
  }

  #make(): number {
    const entry = this.#made++;
    if (entry >>> PAGE_BITS === this.#pages.length) {
      const page = new Float64Array(PAGE_ENTRIES * this.#cells);
      this.#pages.push(page);
      this.#words.push(new Int32Array(page.buffer));
    }
    if (this.#made * 2 > this.#index.length) this.#growIndex();
    return entry;
  }

  #growIndex(): void {
    const older = this.#index;
    this.#index = new Int32Array(older.length * 2);
    for (const found of older) if (found !== 0) this.#link(found - 1, this.#lowHash(found - 1));
  }

  #lowHash(entry: number): number {
    return this.#words[entry >>> PAGE_BITS]![((entry & (PAGE_ENTRIES - 1)) * this.#cells + HASH) * 2]!;
  }

  #link(entry: number, low: number): void {
    const mask = this.#index.length - 1;
    let slot = low & mask;
    while (this.#index[slot] !== 0) slot = (slot + 1) & mask;
    this.#index[slot] = entry + 1;
  }

  /** Knuth's deletion for linear probing: what follows moves up, so that no tombstones are left. */
  #unlink(entry: number): void {
    const index = this.#index;
    const mask = index.length - 1;
    let slot = this.#lowHash(entry) & mask;
    while (index[slot] !== entry + 1) slot = (slot + 1) & mask;
    for (let next = (slot + 1) & mask; index[next] !== 0; next = (next + 1) & mask) {
      const home = this.#lowHash(index[next]! - 1) & mask;
      if (((next - home) & mask) >= ((next - slot) & mask)) {
        index[slot] = index[next]!;
        slot = next;
      }
    }
    index[slot] = 0;
    this.#goTo(entry);
    this.page[this.at + UNTIL] = Number.POSITIVE_INFINITY;
  }
}
