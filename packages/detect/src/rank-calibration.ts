const SIZE = 16_384;
const BUCKETS = 2_048;
const PER_NAT = 64;

/** Ranks a score among the newest scores of the stream: a conformal p-value, valid as long as the events are exchangeable. */
export class RankCalibration {
  readonly #ring = new Uint16Array(SIZE);
  /** Sums over ranges of buckets (Fenwick), the highest score first: a rank costs eleven steps. */
  readonly #sums = new Uint32Array(BUCKETS + 1);
  #added = 0;

  get size(): number {
    return Math.min(this.#added, SIZE);
  }

  add(score: number): void {
    const at = this.#added % SIZE;
    if (this.#added >= SIZE) this.#change(this.#ring[at]!, -1);
    this.#ring[at] = bucketOf(score);
    this.#change(this.#ring[at], 1);
    this.#added++;
  }

  /** Share of scores that are at least as high, this one included: never 0; ties count against an alarm. */
  pValueOf(score: number): number {
    let atLeast = 1;
    for (let at = BUCKETS - bucketOf(score); at > 0; at -= at & -at) atLeast += this.#sums[at]!;
    return atLeast / (this.size + 1);
  }

  #change(bucket: number, by: number): void {
    for (let at = BUCKETS - bucket; at <= BUCKETS; at += at & -at) this.#sums[at]! += by;
  }
}

function bucketOf(score: number): number {
  return Math.min(BUCKETS - 1, Math.max(0, Math.floor(score * PER_NAT)));
}
