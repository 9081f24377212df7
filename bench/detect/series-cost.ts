import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createSeriesDetector, type SeriesDetector, type SeriesKind } from "../../packages/detect/src/index.ts";
import type { BenchRow } from "../measure.ts";
import { createRandom } from "../../packages/detect/src/calibration/random-stand-in.ts";

const INTERVAL_MS = 60_000;
const POINTS = 4096;

/** CPU time a point once a series is in full swing, and bytes a series. */
export function measureSeriesCost(quick: boolean): BenchRow[] {
  const rows: BenchRow[] = [];
  for (const kind of ["gauge", "count"] as const) {
    rows.push({ name: `a point of a ${kind}`, value: measurePoint(kind, quick ? 2 : 8), unit: "µs" });
  }
  const count = quick ? 500 : 2000;
  const used = measureMemory(count);
  const { detector } = createFed("gauge", 300);
  rows.push(
    { name: "memory of a series, as it says itself", value: detector.bytes / 1000, unit: "kB" },
    { name: "memory of a series, measured", value: used / count / 1000, unit: "kB" },
    { name: "10,000 series at that", value: (used / count / 1e6) * 10_000, unit: "MB" },
    { name: "snapshot of a series", value: detector.snapshot().length / 1000, unit: "kB" },
  );
  return rows;
}

/** Traffic with a daily swing. */
function makeValues(): Float64Array {
  const random = createRandom(4);
  return Float64Array.from({ length: POINTS }, (_, index) =>
    Math.round(200 + 100 * Math.sin((2 * Math.PI * index) / 1440) + 30 * (random() + random() - 1)),
  );
}

function createFed(kind: SeriesKind, points: number): { detector: SeriesDetector; nextMs: number } {
  const detector = createSeriesDetector({ kind, intervalMs: INTERVAL_MS });
  const values = makeValues();
  for (let index = 0; index < points; index++) {
    detector.observe({ atMs: index * INTERVAL_MS, value: values[index % POINTS]! });
  }
  return { detector, nextMs: points * INTERVAL_MS };
}

function measurePoint(kind: SeriesKind, rounds: number): number {
  const values = makeValues();
  let { detector, nextMs } = createFed(kind, 2 * POINTS);
  let best = Infinity;
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage();
    for (const value of values) detector.observe({ atMs: (nextMs += INTERVAL_MS), value });
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / POINTS);
  }
  return best;
}

function measureMemory(count: number): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const measure = (): number => {
    // The blocks of what was dropped before are freed one collection later.
    for (let round = 0; round < 4; round++) collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  createFed("gauge", 30);
  const before = measure();
  const kept = Array.from({ length: count }, () => createFed("gauge", 30).detector);
  const used = measure() - before;
  return kept.length === count ? used : Number.NaN;
}
