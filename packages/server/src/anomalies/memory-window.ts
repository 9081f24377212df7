import type { DetectableEvent, EventDetector, Feedback, Verdict } from "@gatewatch/detect";

const HOUR_MS = 3_600_000;
const FIRST_SIZE = 50_000;
const MIN_SIZE = 2_000;
const MAX_SIZE = 1_000_000;
/** Evidence that something has changed which chance brings about in one stream of twenty. */
const STRONG_DRIFT = 20;
const SHRINK_EVERY_MS = HOUR_MS;
const GROW_EVERY_MS = 24 * HOUR_MS;

export interface WindowHead {
  /** Events after which the memory begins to be forgotten. */
  size: number;
  /** Of the last change of the size. */
  changedAt: number;
}

/** A change of a window, for the stream's history. */
export interface WindowChange {
  from: number;
  to: number;
  reason: string;
}

/**
 * The memory of a stream. One that adapts is kept in two generations: a younger detector learns beside the one that judges and takes
 * its place after `size` events, or as soon as it can when the stream has changed. It decides by the evidence of drift alone.
 */
export class MemoryWindow {
  readonly #create: () => EventDetector;
  #detector: EventDetector;
  #young: EventDetector | null;
  #youngEvents: number;
  #youngState: Verdict["state"] = "calibrating";
  #size: number;
  #changedAt: number;

  constructor(parts: {
    detector: EventDetector;
    create: () => EventDetector;
    young: EventDetector | null;
    head: WindowHead;
  }) {
    this.#create = parts.create;
    this.#detector = parts.detector;
    this.#young = parts.young;
    this.#youngEvents = parts.young?.stats.events ?? 0;
    this.#size = parts.head.size;
    this.#changedAt = parts.head.changedAt;
  }

  static headAt(at: number): WindowHead {
    return { size: FIRST_SIZE, changedAt: at };
  }

  /** The one that judges. */
  get detector(): EventDetector {
    return this.#detector;
  }

  get young(): EventDetector | null {
    return this.#young;
  }

  get head(): WindowHead {
    return { size: this.#size, changedAt: this.#changedAt };
  }

  observe(event: DetectableEvent, atMs: number, adapts: boolean): Verdict {
    if (adapts) {
      this.#young ??= this.#create();
      this.#youngState = this.#young.observe(event, atMs).state;
      this.#youngEvents += 1;
    } else if (this.#young !== null) this.#begin();
    const verdict = this.#detector.observe(event, atMs);
    if (this.#youngEvents >= this.#size) this.#takeOver();
    return verdict;
  }

  feedback(event: DetectableEvent, feedback: Feedback, atMs: number): void {
    this.#detector.feedback(event, feedback, atMs);
    this.#young?.feedback(event, feedback, atMs);
  }

  /** Takes over what another process has seen and judged. */
  learn(event: DetectableEvent, atMs: number): void {
    this.#detector.learn(event, atMs);
    this.#young?.learn(event, atMs);
  }

  /** Lets the size follow how fast the stream changes: half as large after a change, at most once an hour; twice as large after a calm day. */
  adapt(atMs: number): WindowChange | null {
    const { drift } = this.#detector.stats;
    const sinceMs = atMs - this.#changedAt;
    if (drift >= STRONG_DRIFT) {
      const canTakeOver = this.#youngState === "ready" && this.#youngEvents >= MIN_SIZE;
      if (sinceMs < SHRINK_EVERY_MS || !canTakeOver) return null;
      this.#takeOver();
      return this.#resize(
        Math.max(MIN_SIZE, this.#size / 2),
        atMs,
        `the stream has changed (evidence ${Math.round(drift)})`,
      );
    }
    if (sinceMs < GROW_EVERY_MS) return null;
    return this.#resize(Math.min(MAX_SIZE, this.#size * 2), atMs, "nothing has changed for a day");
  }

  #resize(to: number, atMs: number, reason: string): WindowChange | null {
    const from = this.#size;
    this.#size = Math.round(to);
    this.#changedAt = atMs;
    return from === this.#size ? null : { from, to: this.#size, reason };
  }

  #takeOver(): void {
    if (this.#young !== null) this.#detector = this.#young;
    this.#begin();
  }

  #begin(): void {
    this.#young = null;
    this.#youngEvents = 0;
    this.#youngState = "calibrating";
  }
}
