import type { DetectableEvent, EventDetector, Verdict } from "@gatewatch/detect";
import type { AnomalyRecord, DetectorState, StreamRecord, Subject } from "../model/anomaly.ts";
import type { MemoryWindow, WindowChange } from "./memory-window.ts";
import { packState } from "./pack-state.ts";
import { RecentEvents } from "./recent-events.ts";
import { createSlicer } from "./slice-work.ts";
import type { SeenEvent } from "./detector-kit.ts";

const MAX_REPLICAS = 256;

/** What a process has seen since its last delta. */
export interface SeenDelta {
  replica: string;
  sequence: number;
  events: readonly SeenEvent[];
  redact(event: DetectableEvent): DetectableEvent;
}

/** The last anomaly of a stream, to which the next one may belong. */
export interface LastAnomaly {
  record: AnomalyRecord;
  field: string;
}

/** One event stream in memory. */
export class EventStream {
  readonly subject: Subject;
  readonly recent = new RecentEvents();
  record: StreamRecord;
  state: Verdict["state"] = "calibrating";
  last: LastAnomaly | null = null;
  lastUsedAt: number;
  writtenAt: number;
  /** Of the detector when it was last written: counting them costs about as much as ten events. */
  bytes: number;
  /** Tasks that hold it over a pause: it must not be put aside meanwhile. */
  users = 0;
  /** Anomalies of the hour that began at `hour`. */
  hourly = { hour: 0, count: 0 };
  readonly #memory: MemoryWindow;
  readonly #openedAt: number;
  #replicas: Map<string, number>;
  #changes: number;
  #writtenChanges: number;
  #version: number;
  #snapshot: { changes: number; bytes: Uint8Array } | null = null;
  #merging: Promise<void> = Promise.resolve();

  constructor(parts: {
    record: StreamRecord;
    memory: MemoryWindow;
    at: number;
    version?: number;
    changes?: number;
    replicas?: [string, number][];
  }) {
    const { record, memory, at, version = 0, changes = 0, replicas = [] } = parts;
    const { projectId, kind, stream, measure } = record;
    this.subject = { projectId, kind, stream, measure };
    this.record = record;
    this.#memory = memory;
    this.#openedAt = at;
    this.bytes = memory.detector.stats.bytes;
    this.lastUsedAt = at;
    this.writtenAt = at;
    this.#version = version;
    this.#changes = changes;
    this.#writtenChanges = changes;
    this.#replicas = new Map(replicas);
    if (version > 0) this.state = this.detector.judge({}, at).state;
  }

  /** The one that judges. */
  get detector(): EventDetector {
    return this.#memory.detector;
  }

  get isDirty(): boolean {
    return this.#changes !== this.#writtenChanges;
  }

  /** Names what the detector knows now; after a crash no name comes again that was given before it. */
  get version(): string {
    return [this.record.createdAt, this.#openedAt, this.#changes].map((part) => part.toString(36)).join("-");
  }

  observe(event: DetectableEvent, atMs: number): Verdict {
    this.#changes += 1;
    const verdict = this.#memory.observe(event, atMs, this.record.adaptiveWindow);
    this.state = verdict.state;
    this.record.seen += 1;
    this.record.lastSeenAt = Math.max(this.record.lastSeenAt ?? 0, atMs);
    return verdict;
  }

  learnFeedback(event: DetectableEvent, feedback: Parameters<EventDetector["feedback"]>[1], atMs: number): void {
    this.#changes += 1;
    this.#memory.feedback(event, feedback, atMs);
  }

  /** Learns what a process has seen, unless that, or something later of the same process, was learned before: one delta after the other. */
  merge(delta: SeenDelta, atMs: number): Promise<void> {
    this.users += 1;
    const mine = this.#merging.then(() => this.#learnAll(delta, atMs)).finally(() => (this.users -= 1));
    this.#merging = mine.catch(() => undefined);
    return mine;
  }

  async #learnAll({ replica, sequence, events, redact }: SeenDelta, atMs: number): Promise<void> {
    if ((this.#replicas.get(replica) ?? -1) >= sequence) return;
    const slice = createSlicer();
    for (const seen of events) {
      this.#changes += 1;
      // A clock that is ahead of ours must not make what follows look late.
      this.#memory.learn(redact(seen.event), Math.min(seen.atMs, atMs));
      this.record.seen += 1;
      await slice();
    }
    this.record.lastSeenAt = Math.max(this.record.lastSeenAt ?? 0, atMs);
    this.state = this.detector.judge({}, atMs).state;
    this.#replicas.delete(replica);
    this.#replicas.set(replica, sequence);
    if (this.#replicas.size > MAX_REPLICAS) this.#replicas.delete(this.#replicas.keys().next().value!);
    this.#changes += 1;
  }

  /** Lets the memory follow how fast the stream changes, when it is to. */
  adapt(atMs: number): WindowChange | null {
    if (!this.record.adaptiveWindow) return null;
    const change = this.#memory.adapt(atMs);
    if (change !== null) this.#changes += 1;
    return change;
  }

  /** Made once for each version. */
  takeSnapshot(): Uint8Array {
    if (this.#snapshot?.changes !== this.#changes)
      this.#snapshot = { changes: this.#changes, bytes: this.detector.snapshot() };
    return this.#snapshot.bytes;
  }

  toState(at: number): DetectorState {
    const changes = this.#changes;
    const { detector, young, head } = this.#memory;
    this.bytes = detector.stats.bytes + (young?.stats.bytes ?? 0);
    const snapshot = packState(
      { replicas: [...this.#replicas], changes, window: head },
      detector.snapshot(),
      young?.snapshot() ?? null,
    );
    return { ...this.subject, version: this.#version + 1, position: this.record.seen, updatedAt: at, snapshot };
  }

  /** A state was written that held the changes up to then. */
  noteWritten(version: string, at: number): void {
    this.#version += 1;
    this.writtenAt = at;
    if (version === this.version) this.#writtenChanges = this.#changes;
  }
}
