import type { DetectableEvent, EventDetector, Verdict } from "@gatewatch/detect";
import { EventLog } from "./event-log.ts";

/** Makes the detectors of streams. */
export interface DetectorKit {
  create(): EventDetector;
  /** @throws SnapshotError */
  restore(snapshot: Uint8Array): EventDetector;
}

/** From here on what is old is forgotten as fast as new things are learned: who has seen more knows no more. */
const SEASONED = 32_768;
/** About half a millisecond of learning. */
const EVENTS_PER_TURN = 32;

/** One stream: its detector, and what is to be told to other processes. Events are redacted by the caller. */
export class WatchedStream {
  readonly name: string;
  readonly #kit: DetectorKit;
  #detector: EventDetector;
  #state: Verdict["state"] = "calibrating";
  #log: EventLog | undefined;
  #passedOver = 0;

  constructor(name: string, kit: DetectorKit) {
    this.name = name;
    this.#kit = kit;
    this.#detector = kit.create();
  }

  /** By its last verdict. */
  get state(): Verdict["state"] {
    return this.#state;
  }

  /** Events that the other processes will not hear of. */
  get passedOver(): number {
    return this.#passedOver + (this.#log?.passedOver ?? 0);
  }

  startLog(): void {
    this.#log = new EventLog();
  }

  stopLog(): void {
    this.#passedOver = this.passedOver;
    this.#log = undefined;
  }

  judge(event: DetectableEvent, nowMs: number): Verdict {
    return this.#note(this.#detector.judge(event, nowMs));
  }

  learn(event: DetectableEvent, nowMs: number): void {
    this.#detector.learn(event, nowMs);
    this.#log?.add(event, nowMs);
  }

  observe(event: DetectableEvent, nowMs: number): Verdict {
    const verdict = this.#detector.observe(event, nowMs);
    this.#log?.add(event, nowMs);
    return this.#note(verdict);
  }

  /** What it has seen since this was asked last; undefined when that is nothing. */
  takeLog(): Uint8Array | undefined {
    return this.#log?.take();
  }

  /** Takes over what all know, unless it knows more. @throws SnapshotError, and then nothing has changed */
  async adopt(snapshot: Uint8Array, nowMs: number): Promise<boolean> {
    const detector = this.#kit.restore(snapshot);
    const known = detector.stats.events + (this.#log?.size ?? 0);
    if (known < Math.min(this.#detector.stats.events, SEASONED)) return false;
    // What came since the log was handed in; requests go on meanwhile, by the old detector, until all of it is learned.
    for (let at = 0; at < (this.#log?.size ?? 0);) {
      const { event, atMs } = this.#log!.at(at++);
      detector.learn(event, atMs);
      if (at % EVENTS_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    this.#detector = detector;
    this.#state = detector.judge({}, nowMs).state;
    return true;
  }

  #note(verdict: Verdict): Verdict {
    this.#state = verdict.state;
    return verdict;
  }
}
