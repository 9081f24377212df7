import { createEventDetector, type DetectableEvent, restoreEventDetector } from "../../packages/detect/src/index.ts";
import { type BenchRow, median, quantile } from "../measure.ts";
import { makeTwelveFields } from "./generators/null-events.ts";
import { toHttpEvent } from "./generators/http-events.ts";
import { Shop } from "./generators/http-shop.ts";
import { RandomSource } from "./generators/random-source.ts";

const LEARNED = 20_000;
const MEASURED = 20_000;

/** CPU time and bytes of a stream in full swing. */
export function measureEventCost(rounds: number): BenchRow[] {
  const random = new RandomSource(5);
  const shop = new Shop(new RandomSource(2));
  return [
    ...measureCost("12-field event", () => makeTwelveFields(random), rounds),
    ...measureCost("raw shop request", () => toHttpEvent(shop.next(), "raw"), rounds),
  ];
}

function measureCost(name: string, make: () => DetectableEvent, rounds: number): BenchRow[] {
  const detector = createEventDetector();
  for (let index = 0; index < LEARNED; index++) detector.observe(make(), index * 100);
  const [middles, tails, rates]: [number[], number[], number[]] = [[], [], []];
  let at = LEARNED;
  for (let round = 0; round < rounds; round++) {
    const events = Array.from({ length: MEASURED }, make);
    const before = process.cpuUsage();
    for (const event of events) detector.observe(event, at++ * 100);
    const { user, system } = process.cpuUsage(before);
    rates.push(MEASURED / ((user + system) / 1e6));
    const times = events.map((event) => {
      const startedAt = process.hrtime.bigint();
      detector.judge(event, at * 100);
      return Number(process.hrtime.bigint() - startedAt) / 1000;
    });
    middles.push(quantile(times, 0.5));
    tails.push(quantile(times, 0.99));
  }
  const startedAt = performance.now();
  const snapshot = detector.snapshot();
  const writtenAt = performance.now();
  restoreEventDetector(snapshot);
  return [
    { name: `${name}: score only, p50`, value: median(middles), unit: "µs" },
    { name: `${name}: score only, p99`, value: median(tails), unit: "µs" },
    { name: `${name}: score and learn`, value: median(rates), unit: "events/s" },
    { name: `${name}: stream after ${at.toLocaleString("en")} events`, value: detector.stats.bytes / 1e6, unit: "MB" },
    { name: `${name}: snapshot`, value: snapshot.length / 1e6, unit: "MB" },
    { name: `${name}: making the snapshot`, value: writtenAt - startedAt, unit: "ms" },
    { name: `${name}: restoring it`, value: performance.now() - writtenAt, unit: "ms" },
  ];
}
