/** Routes of one project by their traffic, the recent counting more. */
export class RouteRanks {
  /** Traffic as it would weigh at time 0: one number that needs no decay. */
  readonly #weights = new Map<string, number>();
  readonly #halfLifeMs: number;
  readonly #maxCandidates: number;
  #origin: number | null = null;

  constructor({ halfLifeMs = 86_400_000, maxCandidates = 400 } = {}) {
    this.#halfLifeMs = halfLifeMs;
    this.#maxCandidates = maxCandidates;
  }

  /** Counts requests of a route at `atMs`. */
  note(route: string, count: number, atMs: number): void {
    this.#origin ??= atMs;
    const halvings = (atMs - this.#origin) / this.#halfLifeMs;
    if (halvings > 500) this.#rebase(atMs);
    const weight = (this.#weights.get(route) ?? 0) + count * 2 ** ((atMs - this.#origin) / this.#halfLifeMs);
    this.#weights.set(route, weight);
    // By halves: a scanner's thousand routes must not cost a look at all others each.
    if (this.#weights.size > 2 * this.#maxCandidates) this.#forgetLeast();
  }

  /** Requests of a route, half of those a half-life ago. */
  trafficOf(route: string, atMs: number): number {
    if (this.#origin === null) return 0;
    return (this.#weights.get(route) ?? 0) / 2 ** ((atMs - this.#origin) / this.#halfLifeMs);
  }

  forget(route: string): void {
    this.#weights.delete(route);
  }

  /** The one with the least traffic of these; undefined when there is none. */
  findLeast(routes: Iterable<string>): string | undefined {
    let least: string | undefined;
    let weight = Number.POSITIVE_INFINITY;
    for (const route of routes) {
      const own = this.#weights.get(route) ?? 0;
      if (own >= weight) continue;
      weight = own;
      least = route;
    }
    return least;
  }

  #forgetLeast(): void {
    const ranked = [...this.#weights].toSorted(([, a], [, b]) => b - a);
    for (const [route] of ranked.slice(this.#maxCandidates)) this.#weights.delete(route);
  }

  #rebase(atMs: number): void {
    const scale = 2 ** ((atMs - this.#origin!) / this.#halfLifeMs);
    for (const [route, weight] of this.#weights) this.#weights.set(route, weight / scale);
    this.#origin = atMs;
  }
}
