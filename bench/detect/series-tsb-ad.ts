import { createSeriesDetector } from "../../packages/detect/src/index.ts";
import type { BenchRow } from "../measure.ts";
import type { LabelledSeries } from "./load-data.ts";
import { changesOf } from "./series-nab.ts";
import { findPeriod, measureVusPr } from "./vus-pr.ts";

/** The series have no times: a point a minute is assumed for all. */
const INTERVAL_MS = 60_000;
const WEB_FAMILIES = ["NAB", "IOPS", "WSD", "YAHOO", "NEK"];

/** One pass, no clean prefix; a point's score is final once the point has been seen. */
export function measureTsbAd(series: readonly LabelledSeries[]): BenchRow[] {
  const measured = series.map(({ family, values, labels }) => {
    const period = findPeriod(values);
    return {
      family,
      own: measureVusPr(scoresOf(values), labels, period),
      change: measureVusPr(changesOf(values), labels, period),
    };
  });
  const rows: BenchRow[] = [{ name: "TSB-AD-U: series", value: series.length, unit: "" }];
  const push = (name: string, part: typeof measured): void => {
    rows.push({ name: `TSB-AD-U: VUS-PR, ${name}`, value: mean(part.map(({ own }) => own)), unit: "" });
  };
  push("all", measured);
  const web = measured.filter(({ family }) => WEB_FAMILIES.includes(family));
  if (web.length > 0 && web.length < measured.length) push(`the web families ${WEB_FAMILIES.join(", ")}`, web);
  for (const [family, part] of Map.groupBy(measured, ({ family }) => family)) push(`${family} (${part.length})`, part);
  rows.push({
    name: "TSB-AD-U: VUS-PR, change from point to point, all",
    value: mean(measured.map(({ change }) => change)),
    unit: "",
  });
  return rows;
}

function scoresOf(values: Float64Array): Float64Array {
  const detector = createSeriesDetector({ kind: "gauge", intervalMs: INTERVAL_MS });
  return values.map((value, index) => detector.observe({ atMs: index * INTERVAL_MS, value }).score);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
