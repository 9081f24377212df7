const FIRST_CAPACITY = 4;

/** Times and sizes of hits in the order in which they came. */
export class HitLog {
  total = 0;
  #times = new Float64Array(FIRST_CAPACITY);
  #costs = new Float64Array(FIRST_CAPACITY);
  #first = 0;
  #count = 0;

  get capacity(): number {
    return this.#times.length;
  }

  /** Monotonic microseconds of the newest hit; -Infinity when there is none. */
  get newestUs(): number {
    return this.#count === 0 ? Number.NEGATIVE_INFINITY : this.#times[this.#at(this.#count - 1)]!;
  }

  /** False when the log is full and `mayGrow` is: the hit is then merged with the newest, which errs to the strict side. */
  add(timeUs: number, cost: number, mayGrow: boolean): void {
    this.total += cost;
    const newest = this.#at(this.#count - 1);
    if (this.#count > 0 && (this.#times[newest] === timeUs || (this.#count === this.capacity && !mayGrow))) {
      this.#times[newest] = timeUs;
      this.#costs[newest] = this.#costs[newest]! + cost;
      return;
    }
    if (this.#count === this.capacity) this.#grow();
    const at = this.#at(this.#count++);
    this.#times[at] = timeUs;
    this.#costs[at] = cost;
  }

  get isFull(): boolean {
    return this.#count === this.capacity;
  }

  /** Lets go of hits up to `timeUs`. */
  dropUntil(timeUs: number): void {
    while (this.#count > 0 && this.#times[this.#first]! <= timeUs) {
      this.total -= this.#costs[this.#first]!;
      this.#first = (this.#first + 1) % this.capacity;
      this.#count--;
    }
  }

  /** Takes the newest units back, never more than there are. */
  takeBack(amount: number): void {
    let left = Math.min(amount, this.total);
    this.total -= left;
    while (left > 0) {
      const newest = this.#at(this.#count - 1);
      const taken = Math.min(left, this.#costs[newest]!);
      this.#costs[newest] = this.#costs[newest]! - taken;
      left -= taken;
      if (this.#costs[newest] === 0) this.#count--;
    }
  }

  /** The time of the hit with whose end `needed` units have become free. */
  findRoom(needed: number): number {
    let freed = 0;
    for (let index = 0; index < this.#count; index++) {
      freed += this.#costs[this.#at(index)]!;
      if (freed >= needed) return this.#times[this.#at(index)]!;
    }
    return this.newestUs;
  }

  #at(index: number): number {
    return (this.#first + index) % this.capacity;
  }

  #grow(): void {
    const times = new Float64Array(this.capacity * 2);
    const costs = new Float64Array(this.capacity * 2);
    for (let index = 0; index < this.#count; index++) {
      times[index] = this.#times[this.#at(index)]!;
      costs[index] = this.#costs[this.#at(index)]!;
    }
    this.#times = times;
    this.#costs = costs;
    this.#first = 0;
  }
}
