import type { CounterVerdict } from "../counter-store.ts";

/** Keys refused until a time; bounded, and the one that ends first makes room. */
export class BlockList {
  readonly #maxKeys: number;
  readonly #untilMs = new Map<string, number>();

  constructor(maxKeys: number) {
    this.#maxKeys = maxKeys;
  }

  get size(): number {
    return this.#untilMs.size;
  }

  add(key: string, untilMs: number, nowMs: number): void {
    this.#untilMs.delete(key);
    if (this.#untilMs.size >= this.#maxKeys) this.#makeRoom(nowMs);
    this.#untilMs.set(key, untilMs);
  }

  remove(key: string): void {
    this.#untilMs.delete(key);
  }

  /** The refusal of a blocked key; undefined for any other. */
  check(key: string, nowMs: number): CounterVerdict | undefined {
    const untilMs = this.#untilMs.get(key);
    if (untilMs === undefined) return undefined;
    if (untilMs <= nowMs) {
      this.#untilMs.delete(key);
      return undefined;
    }
    const leftMs = untilMs - nowMs;
    return { allowed: false, remaining: 0, resetMs: leftMs, retryMs: leftMs, blocked: true };
  }

  #makeRoom(nowMs: number): void {
    let soonest: string | undefined;
    let soonestMs = Number.POSITIVE_INFINITY;
    for (const [key, untilMs] of this.#untilMs) {
      if (untilMs <= nowMs) this.#untilMs.delete(key);
      else if (untilMs < soonestMs) {
        soonest = key;
        soonestMs = untilMs;
      }
    }
    if (this.#untilMs.size >= this.#maxKeys && soonest !== undefined) this.#untilMs.delete(soonest);
  }
}
