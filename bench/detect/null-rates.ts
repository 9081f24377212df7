import type { BenchRow } from "../measure.ts";

/** The levels of the profiles. */
export const LEVELS = [1e-2, 1e-3, 1e-4] as const;

/** How often p-values were at or below each level, in all and stream by stream. */
export class NullRates {
  #judged = 0;
  readonly #hits = LEVELS.map(() => 0);
  readonly #streams: { judged: number; hits: number[] }[] = [];

  beginStream(): void {
    this.#streams.push({ judged: 0, hits: LEVELS.map(() => 0) });
  }

  add(pValue: number): void {
    const stream = this.#streams.at(-1)!;
    this.#judged++;
    stream.judged++;
    for (let at = 0; at < LEVELS.length; at++) {
      if (!(pValue <= LEVELS[at]!)) continue;
      this.#hits[at]!++;
      stream.hits[at]!++;
    }
  }

  get judged(): number {
    return this.#judged;
  }

  /** Observed over nominal rate of each level; 1 is exact, below it is cautious. */
  get ratios(): number[] {
    return LEVELS.map((level, at) => this.#hits[at]! / Math.max(1, this.#judged) / level);
  }

  /** One row for each level that enough was judged for: at least one hit is expected. */
  toRows(name: string): BenchRow[] {
    return LEVELS.flatMap((level, at) =>
      this.#judged * level >= 1
        ? [{ name: `${name}, ${level.toExponential(0)}`, value: this.ratios[at]!, unit: "× nominal" }]
        : [],
    );
  }

  /** Standard deviation over the streams of observed over nominal at the first level. */
  get spread(): number {
    const ratios = this.#streams.map(({ judged, hits }) => hits[0]! / Math.max(1, judged) / LEVELS[0]);
    const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
    return Math.sqrt(ratios.reduce((sum, ratio) => sum + (ratio - mean) ** 2, 0) / Math.max(1, ratios.length - 1));
  }
}

/** The largest ratio of each level over several nulls, and whose it is. */
export function worstOf(name: string, rates: ReadonlyMap<string, NullRates>): BenchRow[] {
  return LEVELS.map((level, at) => {
    const [law, worst] = [...rates].reduce((most, next) => (next[1].ratios[at]! > most[1].ratios[at]! ? next : most));
    return {
      name: `${name}, worst (${law}), ${level.toExponential(0)}`,
      value: worst.ratios[at]!,
      unit: "× nominal",
    };
  });
}
