import { createSeriesDetector } from "../../packages/detect/src/series/create-series-detector.ts";
import type { BenchRow } from "../measure.ts";
import { RandomSource } from "./generators/random-source.ts";
import { generateSeasonalTraffic } from "./generators/seasonal-traffic.ts";

const MINUTE_MS = 60_000;
const MINUTES_A_DAY = 1_440;
const OUTAGE = 10;
/** What a bound on false discoveries asks for after some days in which nothing was found, and a hundred other series at that. */
const TOLD = 1e-5;
const HOURS = { "by day": [8, 23], "by night": [1, 6] } as const;

/** Whether a young series tells that all traffic has stopped: ten minutes of the third day of a shop of 100 requests a minute. */
export function measureOutage(quick: boolean): BenchRow[] {
  const seeds = Array.from({ length: quick ? 8 : 40 }, (_, index) => 401 + index);
  return Object.entries(HOURS).flatMap(([when, [first, last]]) => {
    const alarms = seeds.map((seed) => {
      const random = new RandomSource(seed + 70_000);
      return countAlarms(seed, 2 * MINUTES_A_DAY + random.whole(first * 60, last * 60 - OUTAGE));
    });
    const share = (isSo: (count: number) => boolean): number => alarms.filter(isSo).length / alarms.length;
    return [
      {
        name: `silence of ten minutes on day 3, ${when}: alarm at p ≤ 1e-5`,
        value: share((count) => count > 0),
        unit: "of shops",
      },
      { name: "… more than one", value: share((count) => count > 1), unit: "of shops" },
    ];
  });
}

function countAlarms(seed: number, from: number): number {
  const { points } = generateSeasonalTraffic({ seed, days: 3, meanRequests: 100 });
  const detector = createSeriesDetector({ kind: "count", intervalMs: MINUTE_MS });
  let alarms = 0;
  for (const [index, { atMs, requests }] of points.entries()) {
    const isOut = index >= from && index < from + OUTAGE;
    const { alarm, pValue } = detector.observe({ atMs, value: isOut ? 0 : requests });
    if (isOut && alarm && pValue <= TOLD) alarms++;
  }
  return alarms;
}
