import { ScoreCalibrator } from "../../packages/detect/src/calibration/score-calibrator.ts";
import { SketchCalibrator } from "../../packages/detect/src/calibration/sketch-calibrator.ts";
import { createEventDetector } from "../../packages/detect/src/events/create-event-detector.ts";
import { normalTail } from "../../packages/detect/src/laws/normal-law.ts";
import type { SeriesKind, SeriesPoint } from "../../packages/detect/src/ports.ts";
import { createSeriesDetector } from "../../packages/detect/src/series/create-series-detector.ts";
import { LINE_FORMATS, type ScannedEvent } from "../../packages/server/src/cli/scan/scan-format.ts";
import type { BenchOptions, BenchRow } from "../measure.ts";
import { NULL_LAWS } from "./generators/null-laws.ts";
import { RandomSource } from "./generators/random-source.ts";
import { generateSeasonalTraffic, type TrafficPoint } from "./generators/seasonal-traffic.ts";
import { loadAccessLogs } from "./load-data.ts";
import { measureEvidence } from "./null-evidence.ts";
import { NullRates, worstOf } from "./null-rates.ts";

interface Calibrator {
  add(score: number): void;
  pValueOf(score: number): number;
}

const CALIBRATORS: Readonly<Record<string, () => Calibrator>> = {
  "12 kB": () => new ScoreCalibrator(),
  "1 kB": () => new SketchCalibrator(),
  "mean and deviation": createNormalRule,
};
/** Scores before the first that is judged, and those that are. */
const WARM_UP = 1000;
const SCORES = 20_000;
const MINUTE_MS = 60_000;

/** How often p-values keep their promise where nothing is anomalous: on laws, on seasonal traffic, on real access logs. */
export async function measureNulls(options: BenchOptions & { dataDir?: string }): Promise<BenchRow[]> {
  const { quick, progress } = options;
  const rows: BenchRow[] = [];
  progress("null laws");
  for (const [name, create] of Object.entries(CALIBRATORS)) rows.push(...measureLaws(name, create, quick ? 4 : 40));
  progress("seasonal traffic without incidents");
  rows.push(...measureTraffic(quick ? 1 : 8, quick ? 14 : 28));
  progress("access logs");
  for (const [name, lines] of loadAccessLogs(options.dataDir)) rows.push(...measureLog(name, lines));
  progress("evidence");
  rows.push(...measureEvidence(quick));
  return rows;
}

function measureLaws(name: string, create: () => Calibrator, streams: number): BenchRow[] {
  const rates = new Map<string, NullRates>();
  for (const [law, createStream] of Object.entries(NULL_LAWS)) {
    const found = new NullRates();
    for (let seed = 1; seed <= streams; seed++) {
      const next = createStream(new RandomSource(seed * 7919));
      const calibrator = create();
      found.beginStream();
      for (let at = 0; at < WARM_UP + SCORES; at++) {
        const score = next();
        if (at >= WARM_UP) found.add(calibrator.pValueOf(score));
        calibrator.add(score);
      }
    }
    rates.set(law, found);
  }
  const isBaseline = create === createNormalRule;
  return [
    ...(isBaseline ? [] : [...rates].flatMap(([law, found]) => found.toRows(`null ${law}, ${name}`))),
    ...worstOf(`null laws, ${name}`, rates),
    {
      name: `null laws, ${name}, largest spread over streams at 1e-2`,
      value: Math.max(...[...rates.values()].map((found) => found.spread)),
      unit: "× nominal",
    },
  ];
}

/** What is often done instead: so many standard deviations from the mean. */
function createNormalRule(): Calibrator {
  let [count, mean, squares] = [0, 0, 0];
  return {
    add(score) {
      count++;
      const away = score - mean;
      mean += away / count;
      squares += away * (score - mean);
    },
    pValueOf: (score) => normalTail((score - mean) / Math.sqrt(squares / Math.max(1, count - 1))),
  };
}

const SERIES: Readonly<Record<string, { kind: SeriesKind; toPoint: (point: TrafficPoint) => SeriesPoint }>> = {
  requests: { kind: "count", toPoint: ({ atMs, requests }) => ({ atMs, value: requests }) },
  "error share": {
    kind: "ratio",
    toPoint: ({ atMs, errors, requests }) => ({ atMs, value: errors / Math.max(1, requests), weight: requests }),
  },
  "95th percentile": {
    kind: "duration",
    toPoint: ({ atMs, p95Ms, requests }) => ({ atMs, value: p95Ms, weight: requests }),
  },
};

/** The whole series detector, from its own warm-up on. */
function measureTraffic(streams: number, days: number): BenchRow[] {
  const rates = new Map<string, NullRates>();
  for (const [traffic, settings] of Object.entries({
    "Poisson, 20 a minute": { meanRequests: 20, dispersion: 0 },
    "Poisson, 400 a minute": { meanRequests: 400, dispersion: 0 },
    "negative binomial, 200 a minute": { meanRequests: 200, dispersion: 0.02 },
    "negative binomial, clocks change": { meanRequests: 200, dispersion: 0.02, clockChangeDay: days / 2 },
  })) {
    for (const [name, { kind, toPoint }] of Object.entries(SERIES)) {
      const found = new NullRates();
      for (let seed = 1; seed <= streams; seed++) {
        const { points } = generateSeasonalTraffic({ seed, days, ...settings });
        const detector = createSeriesDetector({ kind, intervalMs: MINUTE_MS });
        found.beginStream();
        for (const point of points) {
          const { state, pValue } = detector.observe(toPoint(point));
          if (state === "ready") found.add(pValue);
        }
      }
      rates.set(`${name}, ${traffic}`, found);
    }
  }
  return [
    ...[...rates].flatMap(([name, found]) => found.toRows(`seasonal ${name}`)),
    ...worstOf("seasonal traffic", rates),
  ];
}

/** The whole event detector on the lines, and the series detector on how many there are. Nobody knows how many of them are odd. */
function measureLog(name: string, lines: readonly string[]): BenchRow[] {
  const format = LINE_FORMATS.find((format) => format.name === "nginx")!;
  const events = lines.map((line) => format.parse(line)).filter((scanned): scanned is ScannedEvent => scanned !== null);
  const found = new NullRates();
  found.beginStream();
  const detector = createEventDetector();
  for (const [index, { event, atMs }] of events.entries()) {
    const { state, pValue } = detector.observe(event, atMs ?? index * 1000);
    if (state === "ready") found.add(pValue);
  }
  return [
    { name: `${name}, events judged`, value: found.judged, unit: "" },
    ...found.toRows(`${name}, events`),
    ...countByMinute(name, events),
  ];
}

function countByMinute(name: string, events: readonly ScannedEvent[]): BenchRow[] {
  const times = events.map(({ atMs }) => atMs).filter((atMs): atMs is number => atMs !== null);
  const counts = new Map<number, number>();
  for (const atMs of times) {
    const minute = Math.floor(atMs / MINUTE_MS) * MINUTE_MS;
    counts.set(minute, (counts.get(minute) ?? 0) + 1);
  }
  const found = new NullRates();
  found.beginStream();
  const detector = createSeriesDetector({ kind: "count", intervalMs: MINUTE_MS });
  const last = times.reduce((latest, atMs) => Math.max(latest, atMs), -Infinity);
  for (let atMs = Math.min(...counts.keys()); atMs <= last; atMs += MINUTE_MS) {
    const { state, pValue } = detector.observe({ atMs, value: counts.get(atMs) ?? 0 });
    if (state === "ready") found.add(pValue);
  }
  return found.toRows(`${name}, requests a minute`);
}
