import { FdrControl, type FdrMethod } from "../../packages/detect/src/calibration/fdr.ts";
import { ScoreCalibrator } from "../../packages/detect/src/calibration/score-calibrator.ts";
import { createEventDetector } from "../../packages/detect/src/events/create-event-detector.ts";
import { normalTail } from "../../packages/detect/src/laws/normal-law.ts";
import { type BenchOptions, type BenchRow, quantile } from "../measure.ts";
import { type HttpForm, toHttpEvent } from "./generators/http-events.ts";
import { Shop } from "./generators/http-shop.ts";
import { NULL_LAWS } from "./generators/null-laws.ts";
import { PoisonedStream } from "./generators/poison.ts";
import { RandomSource } from "./generators/random-source.ts";

/** A p-value of a stream, and whether it is that of an anomaly. */
interface Test {
  pValue: number;
  isAnomaly: boolean;
  /** Of the anomaly, where there are several kinds. */
  family?: string | undefined;
}

const TARGET = 0.1;
const PREVALENCE = 0.001;
const TESTS = 30_000;
const WARM_UP = 2_000;
const STREAMS = 50;
/** Seeds below were used to make the detector. */
const FIRST_STREAM = 201;
const METHODS: readonly FdrMethod[] = ["lord", "saffron", "e-lond"];

/** What the streams' p-values come from. Anomalies are among the events from the first one on. */
const SOURCES: Readonly<Record<string, (seed: number) => () => Test>> = {
  "exact p-values": openExact,
  "calibrated normal": (seed) => openCalibrated(seed, "normal", 8),
  "calibrated t, 3 degrees": (seed) => openCalibrated(seed, "t with 3 degrees", 200),
  "calibrated AR(1) 0.5": (seed) => openCalibrated(seed, "AR(1) 0.5", 8),
  "event detector, shop": (seed) => openShop(seed, "raw", false),
  "event detector, shop, parsed": (seed) => openShop(seed, "parsed", false),
  "event detector, shop, senders unknown": (seed) => openShop(seed, "raw", true),
};

/**
 * The share of false alarms among all alarms, and of anomalies found, where one event in a thousand is anomalous. Every stream starts
 * with nothing known and is told nothing; the detector's events before the 2,000th are not tests.
 */
export async function measureFdr({ quick, progress }: BenchOptions): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const [name, open] of Object.entries(SOURCES)) {
    progress(`false discoveries, ${name}`);
    const streams = Array.from({ length: quick ? 5 : STREAMS }, (_, index) => {
      const next = open((FIRST_STREAM + index) * 15_485_863);
      return Array.from({ length: TESTS }, next);
    });
    for (const method of METHODS) rows.push(...judge(`${name}, ${method}`, streams, () => createControl(method)));
    rows.push(...judge(`${name}, p ≤ 1e-3`, streams, () => (pValue) => pValue <= 1e-3));
    const best = streams.map(findInHindsight);
    rows.push({
      name: `${name}, best limit in hindsight: found, mean`,
      value: best.reduce((sum, share) => sum + share, 0) / best.length,
      unit: "of anomalies",
    });
    rows.push(...judgeFamilies(`${name}, lord`, streams));
  }
  return rows;
}

/** Which kinds of anomalies are found, of all streams together. */
function judgeFamilies(name: string, streams: readonly Test[][]): BenchRow[] {
  const families = new Map<string, { all: number; found: number }>();
  for (const tests of streams) {
    const isAlarm = createControl("lord");
    for (const { pValue, family } of tests) {
      const isFound = isAlarm(pValue);
      if (family === undefined) continue;
      const count = families.get(family) ?? { all: 0, found: 0 };
      families.set(family, count);
      count.all++;
      if (isFound) count.found++;
    }
  }
  return [...families]
    .map(([family, { all, found }]) => ({
      name: `${name}: found of ${all}, ${family}`,
      value: found / all,
      unit: "of anomalies",
    }))
    .sort((a, b) => b.value - a.value);
}

function createControl(method: FdrMethod): (pValue: number) => boolean {
  const control = new FdrControl({ target: TARGET, method });
  return (pValue) => control.decide(pValue).reject;
}

function judge(name: string, streams: Test[][], create: () => (pValue: number) => boolean): BenchRow[] {
  const falseShares: number[] = [];
  const foundShares: number[] = [];
  for (const tests of streams) {
    const isAlarm = create();
    let [right, wrong, anomalies] = [0, 0, 0];
    for (const { pValue, isAnomaly } of tests) {
      if (isAnomaly) anomalies++;
      if (!isAlarm(pValue)) continue;
      if (isAnomaly) right++;
      else wrong++;
    }
    falseShares.push(wrong / Math.max(1, right + wrong));
    foundShares.push(right / Math.max(1, anomalies));
  }
  const mean = (shares: number[]): number => shares.reduce((sum, share) => sum + share, 0) / shares.length;
  return [
    { name: `${name}: false among alarms, mean`, value: mean(falseShares), unit: "of alarms" },
    {
      name: `${name}: false among alarms, nine in ten streams below`,
      value: quantile(falseShares, 0.9),
      unit: "of alarms",
    },
    { name: `${name}: found, mean`, value: mean(foundShares), unit: "of anomalies" },
  ];
}

/** What the p-values would allow at most: the share found by the highest limit that keeps the target in this very stream. */
function findInHindsight(tests: readonly Test[]): number {
  let [right, alarms, most] = [0, 0, 0];
  for (const { isAnomaly } of tests.toSorted((a, b) => a.pValue - b.pValue)) {
    alarms++;
    if (isAnomaly) right++;
    if (alarms - right <= TARGET * alarms) most = right;
  }
  return most / Math.max(1, tests.filter(({ isAnomaly }) => isAnomaly).length);
}

function openExact(seed: number): () => Test {
  const random = new RandomSource(seed);
  return () => {
    const isAnomaly = random.chance(PREVALENCE);
    return { pValue: normalTail(random.normal() + (isAnomaly ? 5 : 0)), isAnomaly };
  };
}

function openCalibrated(seed: number, law: string, shift: number): () => Test {
  const random = new RandomSource(seed);
  const score = NULL_LAWS[law]!(random);
  const calibrator = new ScoreCalibrator();
  const next = (): Test => {
    const isAnomaly = random.chance(PREVALENCE);
    const value = score() + (isAnomaly ? shift : 0);
    const pValue = calibrator.pValueOf(value);
    calibrator.add(value);
    return { pValue, isAnomaly };
  };
  for (let at = 0; at < WARM_UP; at++) next();
  return next;
}

function openShop(seed: number, form: HttpForm, isAnonymous: boolean): () => Test {
  const random = new RandomSource(seed);
  const stream = new PoisonedStream(new Shop(random), random, PREVALENCE);
  const detector = createEventDetector();
  const next = (): Test => {
    const request = stream.next();
    const { client_address, cookie, ...rest } = toHttpEvent(request, form);
    const event = isAnonymous ? rest : { ...rest, client_address, cookie };
    const { pValue } = detector.observe(event, request.atMs);
    return { pValue, isAnomaly: request.family !== undefined, family: request.family };
  };
  for (let at = 0; at < WARM_UP; at++) next();
  return next;
}
