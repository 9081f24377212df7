import { DriftMartingale } from "../calibration/martingale.ts";
import { ScoreCalibrator } from "../calibration/score-calibrator.ts";
import {
  type DetectableEvent,
  type EventDetector,
  type EventDetectorStats,
  type Feedback,
  type Profile,
  PROFILE_LEVELS,
  type Verdict,
} from "../ports.ts";
import { SnapshotError } from "../snapshot/snapshot-error.ts";
import { StateReader } from "../snapshot/state-reader.ts";
import { StateWriter } from "../snapshot/state-writer.ts";
import { describeParts } from "./describe-parts.ts";
import { tryReadEventLog } from "./event-log.ts";
import { EventModel } from "./event-model.ts";
import { isIdentity } from "./field-node.ts";
import { mix } from "./hash.ts";
import { coarseNoveltyOf, holdBackNovelties, isCounted, noveltyOf, skipPart, strangestOf } from "./hold-back.ts";
import { mergeModels, readModel, writeModel } from "./model-state.ts";
import { NormalMemory } from "./normal-memory.ts";
import { ObservedRates } from "./observed-rates.ts";
import { Quarantine } from "./quarantine.ts";
import { ScoreGate } from "./score-gate.ts";

export interface EventDetectorOptions {
  /** @default "balanced" */
  profile?: Profile;
  /** Events with a p-value up to this are anomalous, in the place of the profile's level; 1e-6 to 0.5. */
  level?: number;
  /** Users or addresses that something new must come from before it is learned. @default 3 */
  sources?: number;
  /** Time between the first and the last of them, milliseconds. @default 600_000 */
  waitMs?: number;
  /** Detectors that are to be merged need the same one; one that strangers cannot know keeps them from making texts that count as known. @default 1 */
  seed?: number;
}

const SNAPSHOT_KIND = "events";
const SNAPSHOT_VERSION = 2;
/** Events that are only learned: what a model says that has seen nothing is worth nothing. */
const WARM_UP = 100;
/** Scores that must be known before anything is called anomalous, and more for rarer levels. */
const MIN_SCORES = 250;
const MAX_MIN_SCORES = 1_000;
/** P-values are larger by this over the number of scores: a young model's scores rise as it learns, so that those of a moment ago promise too much. */
const WIDENING = 150;
/**
 * Largest share of scores that may be attacks. Of a known sender only some strange scores count, so that what is left of its attacks is little, and
 * a minority of large but normal events is not taken for them.
 */
const TRIM = 0.002;
const TRIM_OF_STRANGERS = 0.01;
/** No tail is known to this many times what has been seen. */
const MAX_EXTRAPOLATION = 1000;
const BLOCK_LEVEL = 1e-4;
/** Scores that must be known before anybody is refused: the law of the tail speaks beyond them, but not far. */
const BLOCK_SCORES = 500;
const BLOCK_SURPRISE = 5;
/** Scores that the frozen reference holds; drift is told from it. */
const REFERENCE_SIZE = 3_000;
/** Names of users and addresses are new all the time: they wait only when they are this strange. */
const IDENTITY = 4;
/** What only looks alike must come from so many times as many sources. */
const COARSE = 3;
const SKIP_FROM = 1.5;
const SKIP_SHARE = 0.5;
const MAX_LESSONS = 16;
const EVENTS_PER_STRETCH = 700;

/** Judges and learns the events of one stream, whatever JSON they are, in microseconds and at most 2 MB. @throws RangeError for a level out of range */
export function createEventDetector(options: EventDetectorOptions = {}): EventDetector {
  return new StreamDetector(options);
}

/** Goes on as the detector did that made the snapshot. @param options in the place of that one's; its seed stays @throws SnapshotError */
export function restoreEventDetector(bytes: Uint8Array, options: EventDetectorOptions = {}): EventDetector {
  return readDetector(bytes, options);
}

function readDetector(bytes: Uint8Array, options: EventDetectorOptions): StreamDetector {
  const r = new StateReader(bytes, SNAPSHOT_KIND, [SNAPSHOT_VERSION]);
  const kept = { level: r.finite(1e-6, 0.5), sources: r.count(), waitMs: r.finite(0), seed: r.u32() };
  const { profile } = options;
  const level = options.level ?? (profile === undefined ? kept.level : PROFILE_LEVELS[profile]);
  const detector = new StreamDetector({ ...kept, ...options, level, seed: kept.seed });
  detector.readState(r);
  r.end();
  return detector;
}

class StreamDetector implements EventDetector {
  readonly #options: { level: number; sources: number; waitMs: number; seed: number };
  readonly #minScores: number;
  readonly #model: EventModel;
  #calibrator = new ScoreCalibrator({ addsSurprises: true });
  #reference = new ScoreCalibrator({ trim: 0 });
  #drift = new DriftMartingale();
  readonly #rates = new ObservedRates();
  readonly #gate = new ScoreGate();
  readonly #quarantine: Quarantine;
  readonly #memory = new NormalMemory();
  #firstMs = 0;
  #isClockMoving = false;
  #events = 0;
  #quarantined = 0;

  constructor(options: EventDetectorOptions) {
    const { profile = "balanced", level = PROFILE_LEVELS[profile], sources = 3, waitMs = 600_000, seed = 1 } = options;
    if (!(level >= 1e-6 && level <= 0.5)) throw new RangeError("level must be from 0.000001 to 0.5");
    this.#options = { level, sources, waitMs, seed: seed >>> 0 };
    this.#minScores = Math.max(MIN_SCORES, Math.min(MAX_MIN_SCORES, Math.ceil(0.5 / level)));
    this.#model = new EventModel(seed >>> 0);
    this.#quarantine = new Quarantine({ sources, waitMs });
  }

  judge(event: DetectableEvent, nowMs: number): Verdict {
    const verdict = this.#verdictOf(this.#model.judge(event, toTime(nowMs)));
    this.#model.reader.release();
    return verdict;
  }

  learn(event: DetectableEvent, nowMs: number): void {
    const now = toTime(nowMs);
    this.#learnJudged(event, now, this.#model.judge(event, now));
  }

  observe(event: DetectableEvent, nowMs: number): Verdict {
    const now = toTime(nowMs);
    const score = this.#model.judge(event, now);
    const verdict = this.#verdictOf(score);
    if (verdict.state === "ready") this.#rates.add(verdict.pValue);
    this.#learnJudged(event, now, score);
    return verdict;
  }

  #verdictOf(score: number): Verdict {
    if (this.#calibrator.size < this.#minScores)
      return { state: "calibrating", isAnomaly: false, pValue: 1, findings: [], score };
    const pValue = this.#pValueOf(score);
    const isAnomaly = pValue <= this.#options.level;
    const findings = isAnomaly ? describeParts(this.#model) : [];
    const block = pValue <= BLOCK_LEVEL && score >= BLOCK_SURPRISE && this.#calibrator.size >= BLOCK_SCORES;
    return { state: "ready", isAnomaly, pValue, findings, block, score };
  }

  #pValueOf(score: number): number {
    const { size } = this.#calibrator;
    const known = Math.max(this.#calibrator.pValueOf(score), 1 / (MAX_EXTRAPOLATION * (size + 1)));
    return Math.min(1, known * (1 + WIDENING / Math.max(1, size)));
  }

  #learnJudged(event: DetectableEvent, nowMs: number, score: number): void {
    this.#events++;
    const model = this.#model;
    if (model.learned >= WARM_UP) {
      const stretch = this.#stretchAt(nowMs);
      const sender = model.frame.source || stretch;
      model.frame.sender = sender;
      const isStrange = this.#gate.isStrange(score, toShare(strangestOf(model, stretch)));
      this.#gate.add(score, model.frame.source !== 0);
      if (isCounted(model, this.#gate.isBeyond(score), this.#gate.strangeRate)) this.#calibrate(score);
      const admits = (key: number): boolean => this.#quarantine.admits(key, sender, nowMs, this.#events);
      const isSkipped = isStrange && this.#skipStrangeParts(sender, nowMs);
      if (holdBackNovelties(model, sender, admits) || isSkipped) this.#quarantined++;
      else this.#memory.keep(event, model.frame.place);
    }
    model.learn(event, nowMs);
    model.reader.release();
  }

  /** Where nobody knows who sent an event, stretches of time stand for senders: who repeats a thing at once does not make it more usual. */
  #stretchAt(nowMs: number): number {
    if (this.#events === 1) this.#firstMs = nowMs;
    this.#isClockMoving ||= nowMs !== this.#firstMs;
    const { waitMs, sources } = this.#options;
    const stretch = this.#isClockMoving ? (nowMs / Math.max(1, waitMs)) * sources : this.#events / EVENTS_PER_STRETCH;
    return mix(0x51, Math.floor(stretch) | 0);
  }

  #calibrate(score: number): void {
    this.#calibrator.trim = this.#gate.knowsSources ? TRIM : TRIM_OF_STRANGERS;
    this.#calibrator.add(score);
    if (this.#reference.size < REFERENCE_SIZE) this.#reference.add(score);
    else this.#drift.observe(this.#reference.pValueOf(score));
  }

  /** What is strange about an event has to wait; the rest of it is learned. @returns whether anything waits */
  #skipStrangeParts(sender: number, nowMs: number): boolean {
    const model = this.#model;
    const { parts, reader } = model;
    let most = 0;
    for (let at = 0; at < parts.count; at++) most = Math.max(most, parts.surpriseOf(parts.at(at)));
    const least = Math.max(SKIP_FROM, most * SKIP_SHARE);
    let isHeldBack = false;
    for (let at = 0; at < parts.count; at++) {
      const part = parts.at(at);
      const surprise = parts.surpriseOf(part);
      const node = part.entry < 0 ? undefined : reader.nodes[part.entry];
      if (surprise < least || (surprise < IDENTITY && node !== undefined && isIdentity(node))) continue;
      if (this.#quarantine.admits(noveltyOf(model, part), sender, nowMs, this.#events)) continue;
      const alike = coarseNoveltyOf(model, part);
      if (alike !== 0 && this.#quarantine.admits(alike, sender, nowMs, this.#events, COARSE)) continue;
      skipPart(model, part);
      isHeldBack = true;
    }
    return isHeldBack;
  }

  nearestNormal(event: DetectableEvent): DetectableEvent | null {
    const { reader } = this.#model;
    const signatureOf = (other: DetectableEvent): Set<number> => {
      reader.read(other, false);
      const hashes = new Set<number>();
      for (let at = 0; at < reader.count; at++) {
        const id = reader.nodes[at]?.id ?? -1;
        hashes.add(id);
        hashes.add(mix(id, reader.hashes[at]!));
      }
      reader.release();
      return hashes;
    };
    const wanted = signatureOf(event);
    return this.#memory.nearest((other) => {
      const found = signatureOf(other);
      let shared = 0;
      for (const hash of found) if (wanted.has(hash)) shared++;
      return found.size + wanted.size - 2 * shared;
    });
  }

  feedback(event: DetectableEvent, feedback: Feedback, nowMs: number): void {
    if (feedback === "dismissed") return;
    const model = this.#model;
    const now = toTime(nowMs);
    model.judge(event, now);
    const keys: number[] = [];
    for (let at = 0; at < model.parts.count; at++) {
      const part = model.parts.at(at);
      if (model.parts.surpriseOf(part) >= 1) keys.push(noveltyOf(model, part));
    }
    if (feedback === "confirmed") {
      model.noteConfirmed();
      for (const key of keys) this.#quarantine.revoke(key);
    } else {
      model.noteCleared();
      for (const key of keys) this.#quarantine.release(key);
      this.#teach(event, now);
    }
    model.reader.release();
  }

  /** Until it is no anomaly any more. */
  #teach(event: DetectableEvent, nowMs: number): void {
    for (let lesson = 0; lesson < MAX_LESSONS; lesson++) {
      this.#model.learn(event, nowMs);
      if (this.#pValueOf(this.#model.judge(event, nowMs)) > this.#options.level) return;
    }
  }

  merge(snapshot: Uint8Array): void {
    const log = tryReadEventLog(snapshot);
    if (log !== undefined) {
      for (const { event, atMs } of log) this.learn(event, atMs);
      return;
    }
    const other = readDetector(snapshot, {});
    if (other.#options.seed !== this.#options.seed)
      throw new SnapshotError(
        "snapshot_kind",
        "The snapshot has another seed: only detectors of one seed can be merged.",
      );
    mergeModels(this.#model, other.#model);
    this.#calibrator.merge(other.#calibrator);
    if (this.#reference.size < REFERENCE_SIZE) this.#reference.merge(other.#reference);
    this.#gate.merge(other.#gate);
    this.#quarantine.merge(other.#quarantine);
    this.#events += other.#events;
    this.#quarantined += other.#quarantined;
  }

  snapshot(): Uint8Array {
    const w = new StateWriter(SNAPSHOT_KIND, SNAPSHOT_VERSION);
    const { level, sources, waitMs, seed } = this.#options;
    w.f64(level);
    w.count(sources);
    w.f64(waitMs);
    w.u32(seed);
    w.count(this.#events);
    w.f64(this.#firstMs);
    w.boolean(this.#isClockMoving);
    w.count(this.#quarantined);
    writeModel(this.#model, w);
    this.#calibrator.write(w);
    this.#reference.write(w);
    this.#drift.write(w);
    for (const part of [this.#rates, this.#gate, this.#quarantine, this.#memory]) part.write(w);
    return w.finish();
  }

  readState(r: StateReader): void {
    this.#events = r.count();
    this.#firstMs = r.finite();
    this.#isClockMoving = r.boolean();
    this.#quarantined = r.count();
    readModel(this.#model, r);
    this.#calibrator = ScoreCalibrator.read(r);
    this.#reference = ScoreCalibrator.read(r);
    this.#drift = DriftMartingale.read(r);
    for (const part of [this.#rates, this.#gate, this.#quarantine, this.#memory]) part.readInto(r);
  }

  get stats(): EventDetectorStats {
    const bytes =
      this.#model.bytes + this.#calibrator.bytes + this.#reference.bytes + this.#quarantine.bytes + this.#memory.bytes;
    return {
      events: this.#events,
      quarantined: this.#quarantined,
      observedRates: this.#rates.rates,
      drift: this.#drift.value,
      bytes,
    };
  }
}

/** A clock that says nothing stands still. */
function toTime(nowMs: number): number {
  return Number.isFinite(nowMs) ? nowMs : 0;
}

function toShare(hash: number): number {
  return (hash >>> 0) / 2 ** 32;
}
