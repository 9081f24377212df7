import type { StateReader } from "../snapshot/state-reader.ts";
import type { StateWriter } from "../snapshot/state-writer.ts";

const FIRST_EPOCH = 32;
const LAST_EPOCH = 4_096;

/** How often something never seen comes: after Good and Turing by what has been seen once, and by what was new lately, since new things come in clusters. */
export class Novelty {
  /** Learned. */
  size = 0;
  /** Seen just once so far. */
  singles = 0;
  /** New ones in this epoch and in the one before, and how long these are. */
  #newNow = 0;
  #sizeNow = 0;
  #newBefore = 0;
  #sizeBefore = 0;
  #epoch = FIRST_EPOCH;

  /** Share of the last ones that were new. */
  get rate(): number {
    return (this.#newNow + this.#newBefore + 0.5) / (this.#sizeNow + this.#sizeBefore + 1);
  }

  /** @param before how often this one had been seen */
  add(before: number): void {
    this.size++;
    this.#sizeNow++;
    if (before === 0) {
      this.singles++;
      this.#newNow++;
    } else if (before === 1 && this.singles > 0) this.singles--;
    if (this.#sizeNow < this.#epoch) return;
    [this.#newBefore, this.#sizeBefore] = [this.#newNow, this.#sizeNow];
    this.#newNow = this.#sizeNow = 0;
    this.#epoch = Math.min(LAST_EPOCH, this.#epoch * 2);
  }

  /** −log10 of the probability that the next one is new. */
  surpriseOfNew(): number {
    return -Math.log10(Math.min(1, Math.max((this.singles + 0.5) / (this.size + 1), this.rate)));
  }

  /** −log10 of the share of what has been seen `count` times. */
  surpriseOf(count: number): number {
    return count === 0 ? this.surpriseOfNew() : Math.max(0, -Math.log10(count / (this.size + 1)));
  }

  /** What was seen once is forgotten, and will be new again. */
  fade(): void {
    const forgotten = this.singles / Math.max(1, this.size);
    this.#newNow = Math.min(this.#sizeNow, Math.round(this.#newNow + forgotten * this.#sizeNow));
    this.#newBefore = Math.min(this.#sizeBefore, Math.round(this.#newBefore + forgotten * this.#sizeBefore));
    this.size = (this.size + 1) >> 1;
    this.singles >>= 1;
  }

  merge(other: Novelty): void {
    this.size += other.size;
    this.singles += other.singles;
    this.#newNow += other.#newNow;
    this.#sizeNow += other.#sizeNow;
    this.#newBefore += other.#newBefore;
    this.#sizeBefore += other.#sizeBefore;
    this.#epoch = Math.max(this.#epoch, other.#epoch);
  }

  write(w: StateWriter): void {
    for (const count of [this.size, this.singles, this.#newNow, this.#sizeNow, this.#newBefore, this.#sizeBefore])
      w.count(count);
    w.count(this.#epoch);
  }

  readInto(r: StateReader): void {
    this.size = r.count();
    this.singles = r.count();
    [this.#newNow, this.#sizeNow, this.#newBefore, this.#sizeBefore] = [r.count(), r.count(), r.count(), r.count()];
    this.#epoch = r.count(LAST_EPOCH);
    if (this.#epoch === 0 || this.#newNow > this.#sizeNow || this.#newBefore > this.#sizeBefore)
      r.refuse("More was new than there was.");
  }
}
