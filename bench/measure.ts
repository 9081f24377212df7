/** One figure of a benchmark. */
export interface BenchRow {
  name: string;
  value: number;
  unit: string;
}

export interface BenchOptions {
  quick: boolean;
  /** A directory of further data, where a bench reads any. */
  data?: string | undefined;
  /** For so long a bench that can watches memory, and nothing else. */
  minutes?: number | undefined;
  /** Says what is being done, on a long run. */
  progress(text: string): void;
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** `share` from 0 to 1. */
export function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}
