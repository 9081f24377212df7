import { createEventDetector } from "../../packages/detect/src/index.ts";
import type { BenchRow } from "../measure.ts";
import { NULL_EVENTS } from "./generators/null-events.ts";
import { RandomSource } from "./generators/random-source.ts";

const EVENTS = 20_000;
const LEVELS = [1e-2, 1e-3, 1e-4] as const;

/** Observed over nominal false-alarm rate of the whole detector, learning as it goes, where nothing is anomalous. */
export function measureEventNulls(seeds: readonly number[]): BenchRow[] {
  const rows: BenchRow[] = [];
  const total = { judged: 0, alarms: LEVELS.map(() => 0) };
  for (const [name, create] of Object.entries(NULL_EVENTS)) {
    const found = { judged: 0, alarms: LEVELS.map(() => 0) };
    for (const seed of seeds) {
      const next = create(new RandomSource(seed));
      const detector = createEventDetector({ profile: "sensitive" });
      for (let index = 0; index < EVENTS; index++) {
        const { event, atMs } = next(index);
        const { state, pValue } = detector.observe(event, atMs);
        if (state === "calibrating") continue;
        found.judged++;
        for (const [at, level] of LEVELS.entries()) if (pValue <= level) found.alarms[at]!++;
      }
    }
    total.judged += found.judged;
    for (const [at, level] of LEVELS.entries()) {
      total.alarms[at]! += found.alarms[at]!;
      rows.push({
        name: `events: ${name}: rate of p ≤ ${level}`,
        value: found.alarms[at]! / found.judged / level,
        unit: "× nominal",
      });
    }
  }
  for (const [at, level] of LEVELS.entries())
    rows.push({
      name: `events: all null streams: rate of p ≤ ${level}`,
      value: total.alarms[at]! / total.judged / level,
      unit: "× nominal",
    });
  return rows;
}
