import { createEventDetector } from "../../packages/detect/src/index.ts";
import type { BenchRow } from "../measure.ts";
import { NULL_EVENTS } from "./generators/null-events.ts";
import { RandomSource } from "./generators/random-source.ts";
import { NullRates, worstOf } from "./null-rates.ts";

const EVENTS = 20_000;
const YOUNG = 2_000;
const FIRST_YOUNG_SEED = 4_001;

/** Observed over nominal false-alarm rate of the whole detector, learning as it goes, where nothing is anomalous. */
export function measureEventNulls(seeds: readonly number[]): BenchRow[] {
  const { all, byName } = runAll(seeds, EVENTS);
  return [
    ...[...byName].flatMap(([name, rates]) => rates.toRows(`events: ${name}`)),
    ...worstOf("events: null streams", byName),
    ...all.toRows("events: all null streams"),
  ];
}

/** The same of many streams that have only just begun, from the first verdict on. */
export function measureYoungNulls(streams: number): BenchRow[] {
  const seeds = Array.from({ length: streams }, (_, index) => FIRST_YOUNG_SEED + index);
  const { all, byName } = runAll(seeds, YOUNG);
  const name = `events: ${streams} streams of each kind, their first 2,000 events`;
  return [...worstOf(name, byName), ...all.toRows(name)];
}

function runAll(seeds: readonly number[], events: number): { all: NullRates; byName: Map<string, NullRates> } {
  const all = new NullRates();
  const byName = new Map<string, NullRates>();
  all.beginStream();
  for (const [name, create] of Object.entries(NULL_EVENTS)) {
    const rates = new NullRates();
    byName.set(name, rates);
    for (const seed of seeds) {
      const next = create(new RandomSource(seed));
      const detector = createEventDetector({ profile: "sensitive" });
      rates.beginStream();
      for (let index = 0; index < events; index++) {
        const { event, atMs } = next(index);
        const { state, pValue } = detector.observe(event, atMs);
        if (state === "calibrating") continue;
        rates.add(pValue);
        all.add(pValue);
      }
    }
  }
  return { all, byName };
}
