import { resolve } from "node:path";
import type { BenchOptions, BenchRow } from "../measure.ts";
import { OPEN_DATA } from "./data-set.ts";
import { EVENT_NOTES, measureEvents } from "./events.ts";
import { measureFdr } from "./fdr.ts";
import { measureNulls } from "./nulls.ts";
import { measureSeries } from "./series.ts";

export const question = "Does the anomaly detection keep its word?";

export const notes = `Configuration and thresholds are those of the product, fixed in its code. Baselines stand beside each figure.

${EVENT_NOTES}`;

/** What each part of this bench is asked with. */
export interface DetectBenchOptions extends BenchOptions {
  /** The directory of the data sets: the repository's own, or that of `--data`. */
  dataDir: string;
}

const PARTS = [measureSeries, measureEvents, measureNulls, measureFdr];

export async function run(options: BenchOptions): Promise<BenchRow[]> {
  const dataDir = options.data === undefined ? OPEN_DATA : resolve(options.data);
  const rows: BenchRow[] = [];
  for (const measure of PARTS) rows.push(...(await measure({ ...options, dataDir })));
  return rows;
}
