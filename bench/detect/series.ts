import type { BenchRow } from "../measure.ts";
import type { DetectBenchOptions } from "./bench.ts";
import { loadNab, loadTsbAd } from "./load-data.ts";
import { measureSeriesCost } from "./series-cost.ts";
import { measureNab } from "./series-nab.ts";
import { measureOutage } from "./series-outage.ts";
import { measureTsbAd } from "./series-tsb-ad.ts";

/** How well and how cheaply a single series is watched. */
export async function measureSeries({ dataDir, quick, progress }: DetectBenchOptions): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  progress("series: NAB");
  const files = loadNab(dataDir);
  if (files.length > 0) rows.push(...measureNab(files));
  progress("series: TSB-AD-U");
  const series = loadTsbAd(dataDir);
  if (series.length > 0) rows.push(...measureTsbAd(series));
  progress("series: outages of young shops");
  rows.push(...measureOutage(quick));
  progress("series: cost");
  rows.push(...measureSeriesCost(quick));
  return rows;
}
