import type { StateReader } from "../snapshot/state-reader.ts";
import type { StateWriter } from "../snapshot/state-writer.ts";

const MAX_WAITING = 1_024;
const MAX_SOURCES = 16;
const MAX_RELEASED = 1_024;
/** On a clock that stands still, so many events pass for the time to be waited. */
const EVENTS_PER_WAIT = 2_000;

export interface QuarantineOptions {
  /** Distinct users or addresses that something new must come from before it is learned. */
  sources: number;
  /** Time that must lie between the first and the last of them. */
  waitMs: number;
}

interface Novelty {
  firstMs: number;
  lastMs: number;
  firstEvent: number;
  sources: number[];
}

/** Holds surprising events back from being learned until the same novelty has come from several sources over some time. */
export class Quarantine {
  readonly #options: QuarantineOptions;
  readonly #waiting = new Map<number, Novelty>();
  readonly #released = new Set<number>();

  constructor(options: QuarantineOptions) {
    this.#options = options;
  }

  get bytes(): number {
    return this.#waiting.size * 160 + this.#released.size * 16;
  }

  /** @param sender who, or when nobody knows, when @returns whether the novelty may be learned now */
  admits(key: number, sender: number, nowMs: number, eventCount: number, times = 1): boolean {
    if (this.#released.has(key)) return true;
    let novelty = this.#waiting.get(key);
    if (novelty === undefined) {
      novelty = { firstMs: nowMs, lastMs: nowMs, firstEvent: eventCount, sources: [] };
      if (this.#waiting.size >= MAX_WAITING) dropFirst(this.#waiting);
    } else this.#waiting.delete(key);
    this.#waiting.set(key, novelty);
    novelty.lastMs = Math.max(novelty.lastMs, nowMs);
    if (novelty.sources.length < MAX_SOURCES && !novelty.sources.includes(sender)) novelty.sources.push(sender);
    if (!this.#isEnough(novelty, eventCount, times)) return false;
    this.release(key);
    return true;
  }

  release(key: number): void {
    this.#waiting.delete(key);
    if (this.#released.size >= MAX_RELEASED) dropFirst(this.#released);
    this.#released.add(key);
  }

  revoke(key: number): void {
    this.#waiting.delete(key);
    this.#released.delete(key);
  }

  #isEnough({ firstMs, lastMs, firstEvent, sources }: Novelty, eventCount: number, times: number): boolean {
    const { sources: wanted, waitMs } = this.#options;
    const isLong = lastMs - firstMs >= waitMs || (lastMs === firstMs && eventCount - firstEvent >= EVENTS_PER_WAIT);
    if (!isLong) return false;
    return sources.length >= Math.min(MAX_SOURCES, wanted * times);
  }

  /** What has been released anywhere is released; waiting goes on from the earlier beginning. */
  merge(other: Quarantine): void {
    for (const key of other.#released) this.release(key);
    for (const [key, theirs] of other.#waiting) {
      const mine = this.#waiting.get(key);
      if (this.#released.has(key) || (mine === undefined && this.#waiting.size >= MAX_WAITING)) continue;
      if (mine === undefined) {
        this.#waiting.set(key, { ...theirs, sources: [...theirs.sources] });
        continue;
      }
      mine.firstMs = Math.min(mine.firstMs, theirs.firstMs);
      mine.lastMs = Math.max(mine.lastMs, theirs.lastMs);
      mine.sources = [...new Set([...mine.sources, ...theirs.sources])].slice(0, MAX_SOURCES);
    }
  }

  write(w: StateWriter): void {
    w.count(this.#waiting.size);
    const row = new Int32Array(MAX_SOURCES);
    for (const [key, { firstMs, lastMs, firstEvent, sources }] of this.#waiting) {
      w.u32(key >>> 0);
      w.f64(firstMs);
      w.f64(lastMs);
      w.count(firstEvent);
      row.fill(0).set(sources);
      w.numbers(row);
    }
    w.count(this.#released.size);
    for (const key of this.#released) w.u32(key >>> 0);
  }

  readInto(r: StateReader): void {
    for (let left = r.count(MAX_WAITING); left > 0; left--) {
      const key = r.u32() | 0;
      const [firstMs, lastMs] = [r.finite(), r.finite()];
      const firstEvent = r.count();
      const sources = [...r.numbersInto(new Int32Array(MAX_SOURCES))].filter((source) => source !== 0);
      this.#waiting.set(key, { firstMs, lastMs, firstEvent, sources });
    }
    for (let left = r.count(MAX_RELEASED); left > 0; left--) this.#released.add(r.u32() | 0);
  }
}

function dropFirst(items: Map<number, unknown> | Set<number>): void {
  for (const key of items.keys()) {
    items.delete(key);
    return;
  }
}
