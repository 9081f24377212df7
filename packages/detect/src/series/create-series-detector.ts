import {
  PROFILE_LEVELS,
  type Profile,
  type SeriesDetector,
  type SeriesKind,
  type SeriesPoint,
  type SeriesVerdict,
} from "../ports.ts";
import { StateReader } from "../snapshot/state-reader.ts";
import { StateWriter } from "../snapshot/state-writer.ts";
import { describeViews } from "./describe-views.ts";
import { SeriesModel } from "./series-model.ts";
import { VIEW, VIEWS } from "./views.ts";

export interface SeriesOptions {
  kind: SeriesKind;
  /** Usual distance between points. */
  intervalMs: number;
  /** @default "balanced" */
  profile?: Profile;
}

const SNAPSHOT_KIND = "series";
const SNAPSHOT_VERSION = 2;
const KINDS = ["count", "ratio", "gauge", "duration"] as const satisfies readonly SeriesKind[];
const PROFILES = Object.keys(PROFILE_LEVELS) as Profile[];
const MAX_INTERVAL_MS = 366 * 86_400_000;
/** The last moment that a date can be. */
const MAX_TIME_MS = 8.64e15;
const MAX_WEIGHT = 1e12;
/** Points before anything is called anomalous. */
const CALIBRATING = 120;
/**
 * Nothing is called rarer than once in so many times what was ever seen. Counts and durations have light tails once they are scaled, so that
 * their law may speak far beyond: an outage of a route that is six hours old must not look like an event of once in a day. Gauges may be of any law.
 */
const BEYOND_SEEN: Readonly<Record<SeriesKind, number>> = { count: 3000, duration: 3000, ratio: 100, gauge: 10 };
/** Until there have been two weekends, no count is called rarer than this: traffic keeps to the week, times and ratios hardly do. */
const LEAST_IN_TWO_WEEKS = 2e-4;
/** It may be when even at this share of the usual traffic hardly ever so little would come: no day of the week is as quiet. */
const QUIETEST_SHARE = 1 / 3;
const TWO_WEEKS_MS = 14 * 86_400_000;
/** Of all points, so many lie outside of the expected band. */
const UNUSUAL_SHARE = 0.01;
/** What the detector's objects cost beside its block of memory. */
const OBJECT_BYTES = 3500;

/** A detector for one series, which knows nothing yet. @throws RangeError when `intervalMs` is not above 0 and at most a year */
export function createSeriesDetector(options: SeriesOptions): SeriesDetector {
  const { kind, intervalMs, profile = "balanced" } = options;
  if (!(intervalMs > 0 && intervalMs <= MAX_INTERVAL_MS))
    throw new RangeError(`intervalMs is ${intervalMs}; it must be above 0 and at most ${MAX_INTERVAL_MS}, a year.`);
  if (!KINDS.includes(kind)) throw new RangeError(`kind is ${kind}; it must be one of ${KINDS.join(", ")}.`);
  if (!PROFILES.includes(profile))
    throw new RangeError(`profile is ${profile}; it must be one of ${PROFILES.join(", ")}.`);
  return new ModelledSeries(kind, intervalMs, profile);
}

/** Goes on exactly as the detector would that wrote the snapshot. @throws SnapshotError */
export function restoreSeriesDetector(snapshot: Uint8Array): SeriesDetector {
  const r = new StateReader(snapshot, SNAPSHOT_KIND, [SNAPSHOT_VERSION]);
  const kind = KINDS[r.u8()] ?? r.refuse("Its kind of series is unknown.");
  const profile = PROFILES[r.u8()] ?? r.refuse("Its profile is unknown.");
  const intervalMs = r.finite(Number.MIN_VALUE, MAX_INTERVAL_MS);
  const detector = new ModelledSeries(kind, intervalMs, profile);
  const { memory } = detector.series;
  r.numbersInto(memory.numbers);
  r.numbersInto(memory.floats);
  r.numbersInto(memory.counts);
  r.end();
  return detector;
}

class ModelledSeries implements SeriesDetector {
  readonly series: SeriesModel;
  readonly #kind: SeriesKind;
  readonly #intervalMs: number;
  readonly #profile: Profile;

  constructor(kind: SeriesKind, intervalMs: number, profile: Profile) {
    this.series = new SeriesModel(kind, intervalMs);
    this.#kind = kind;
    this.#intervalMs = intervalMs;
    this.#profile = profile;
  }

  get bytes(): number {
    return this.series.memory.block.byteLength + OBJECT_BYTES;
  }

  observe({ atMs, value, weight = 1 }: SeriesPoint): SeriesVerdict {
    const { series } = this;
    const model = series.scale.toModel(value);
    const isUsable = Math.abs(atMs) <= MAX_TIME_MS && weight > 0 && !Number.isNaN(model);
    if (!isUsable || !series.order.accept(atMs)) return createCalibrating(0);
    const expected = this.#expect(atMs);
    const isYoungCount = this.#kind === "count" && atMs - series.firstMs < TWO_WEEKS_MS;
    const least = isYoungCount ? Math.min(LEAST_IN_TWO_WEEKS, series.pValueOfLull(value, atMs, QUIETEST_SHARE)) : 0;
    const score = series.observe(value, model, Math.min(MAX_WEIGHT, weight), atMs);
    if (series.seen <= CALIBRATING) return createCalibrating(score);
    const surprise = combineSurprises(series.opinions.surprises, Infinity);
    const most = Math.log10(BEYOND_SEEN[this.#kind] * series.seen);
    const pValue = Math.max(least, Math.min(1, 10 ** -combineSurprises(series.opinions.surprises, most)));
    const level = PROFILE_LEVELS[this.#profile];
    const isAnomaly = pValue <= level;
    const isRecord = isAnomaly && series.gate.isRecord(surprise, atMs);
    return {
      state: "ready",
      isAnomaly,
      pValue,
      findings: isAnomaly
        ? describeViews(series, { value, model, kind: this.#kind, intervalMs: this.#intervalMs }, level)
        : [],
      score,
      alarm: isRecord,
      expected,
    };
  }

  snapshot(): Uint8Array {
    const { memory } = this.series;
    const w = new StateWriter(SNAPSHOT_KIND, SNAPSHOT_VERSION);
    w.u8(KINDS.indexOf(this.#kind));
    w.u8(PROFILES.indexOf(this.#profile));
    w.f64(this.#intervalMs);
    w.numbers(memory.numbers);
    w.numbers(memory.floats);
    w.numbers(memory.counts);
    return w.finish();
  }

  /** By whichever of the simple views is closest to the points of late. */
  #expect(atMs: number): SeriesVerdict["expected"] {
    const { series } = this;
    const { fast, middle, day, sketches, scale } = series;
    let [centre, spread, view]: [number, number, number] = [fast.level, fast.spread, VIEW.fast];
    if (middle.spread < spread) [centre, spread, view] = [middle.level, middle.spread, VIEW.middle];
    const ofDay = series.expectedAt(atMs);
    if (!Number.isNaN(ofDay) && day.spread < spread) [centre, spread, view] = [ofDay, day.spread, VIEW.day];
    const reach = spread * sketches[view]!.scoreAt(UNUSUAL_SHARE);
    return { low: scale.toValue(centre - reach), middle: scale.toValue(centre), high: scale.toValue(centre + reach) };
  }
}

function createCalibrating(score: number): SeriesVerdict {
  return { state: "calibrating", isAnomaly: false, pValue: 1, findings: [], score, alarm: false, expected: null };
}

/** Bonferroni's bound with a share for each view: it holds however the views depend on each other. */
function combineSurprises(surprises: Float64Array, limit: number): number {
  let most = 0;
  for (let view = 0; view < VIEWS.length; view++)
    most = Math.max(most, Math.min(limit, surprises[view]!) + LOG_SHARES[view]!);
  return most;
}

const LOG_SHARES = VIEWS.map((view) => Math.log10(view.alarmShare));
