import type { EventDetector } from "@gatewatch/detect";
import type { ProfileName, TuningRow } from "@gatewatch/protocol";
import type { StreamRecord, Subject } from "../model/anomaly.ts";
import { ApiError } from "../model/api-error.ts";
import type { Clock } from "../model/clock.ts";
import type { Store } from "../model/store.ts";
import type { DetectorKit } from "./detector-kit.ts";
import { EventStream } from "./event-stream.ts";
import { MemoryWindow } from "./memory-window.ts";
import { parseState } from "./pack-state.ts";
import { giveWay } from "./slice-work.ts";
import type { WatchTurn } from "./watch-turn.ts";

/** Streams that one project may have. */
export const MAX_STREAMS = 100;
const MAX_BYTES = 256 * 1024 * 1024;
const SNAPSHOT_EVERY_MS = 120_000;
const ADAPT_EVERY_MS = 60_000;
const MAX_SNAPSHOTS_PER_TURN = 10;
/** What explains a verdict is made up to this level; the stream's own level decides. */
const DETECTOR_PROFILE = "sensitive";

/** The stream of sampled requests has as many events as the app has requests: it is told of the rarest only. */
export const REQUEST_STREAM = "requests";

export interface EventStreamsDeps {
  store: Pick<Store, "anomalies">;
  kit: DetectorKit;
  clock: Clock;
  maxBytes?: number;
  reportDamage(subject: Subject, error: unknown): void;
}

/** The event streams in memory, in the order of their use; what is not used for long waits in the store. */
export class EventStreams {
  readonly #deps: EventStreamsDeps;
  readonly #open = new Map<string, EventStream>();
  readonly #opening = new Map<string, Promise<EventStream | null>>();

  readonly #create: () => EventDetector;
  #adaptedAt = 0;
  /** Rows of history that are not written yet. */
  readonly #adapted: { subject: Subject; row: TuningRow }[] = [];

  constructor(deps: EventStreamsDeps) {
    this.#deps = deps;
    this.#create = () => deps.kit.createEvents({ profile: DETECTOR_PROFILE });
  }

  get size(): number {
    return this.#open.size;
  }

  get bytes(): number {
    let bytes = 0;
    for (const stream of this.#open.values()) bytes += stream.bytes;
    return bytes;
  }

  /** A stream that is in memory. */
  peek({ projectId, stream }: Subject): EventStream | undefined {
    return this.#open.get(keyOf(projectId, stream));
  }

  /** The stream, a new one when there is none. Throws `invalid_request` when the project has as many as it may, or for a name that cannot be kept. */
  async open(projectId: number, stream: string): Promise<EventStream> {
    if (!isName(stream))
      throw new ApiError(
        "invalid_request",
        "The name of a stream has a character in it that cannot be kept (U+0000, half of a surrogate pair). Give it another name.",
        { details: { field: "stream" } },
      );
    const found = await this.#find(projectId, stream, true);
    if (found) return found;
    throw new ApiError(
      "invalid_request",
      `The project has ${MAX_STREAMS} event streams, the most that it may have. Use one of them, or delete one.`,
      { details: { field: "stream" } },
    );
  }

  /** The stream if there is one. */
  find(projectId: number, stream: string): Promise<EventStream | null> {
    return isName(stream) ? this.#find(projectId, stream, false) : Promise.resolve(null);
  }

  forget({ projectId, stream }: Subject): void {
    this.#open.delete(keyOf(projectId, stream));
  }

  /** Puts the snapshots into a turn that are due, and lets go what is beyond the bound on memory. */
  async putSnapshots(turn: WatchTurn): Promise<void> {
    const now = this.#deps.clock();
    let bytes = this.bytes;
    let count = 0;
    for (const stream of this.#open.values().toArray()) {
      if (stream.users > 0) continue;
      const mustGo = bytes > this.#maxBytes && this.#open.size > 1;
      if (mustGo) bytes -= stream.bytes;
      if (!mustGo && (!stream.isDirty || now - stream.writtenAt < SNAPSHOT_EVERY_MS)) continue;
      if (count++ >= MAX_SNAPSHOTS_PER_TURN) return;
      // A snapshot holds the thread for some milliseconds, and is not to be added to anything.
      await giveWay();
      if (stream.users === 0 && this.peek(stream.subject) === stream) this.#put(stream, turn, mustGo);
    }
  }

  /** Lets the memories that are to adapt do so, once a minute, with a row of history for each change. */
  async adapt(): Promise<void> {
    const at = this.#deps.clock();
    if (at - this.#adaptedAt >= ADAPT_EVERY_MS) this.#adaptAll(at);
    for (let next = this.#adapted[0]; next !== undefined; next = this.#adapted[0]) {
      await this.#deps.store.anomalies.changeStream(next.subject, {}, [next.row]);
      this.#adapted.shift();
    }
  }

  #adaptAll(at: number): void {
    this.#adaptedAt = at;
    for (const stream of this.#open.values()) {
      const change = stream.adapt(at);
      if (change !== null)
        this.#adapted.push({ subject: stream.subject, row: { at, by: "gatewatch", field: "window", ...change } });
    }
  }

  /** The same for everything that has changed, as the process ends. */
  putAllSnapshots(turn: WatchTurn, limit: number): void {
    const dirty = [...this.#open.values()].filter((stream) => stream.isDirty).slice(0, limit);
    for (const stream of dirty) this.#put(stream, turn, false);
  }

  get #maxBytes(): number {
    return this.#deps.maxBytes ?? MAX_BYTES;
  }

  /** Lets go at once of what is written already; what is not goes with the next turns. */
  #makeRoom(besides: EventStream): void {
    let { bytes } = this;
    for (const stream of this.#open.values()) {
      if (bytes <= this.#maxBytes) return;
      if (stream === besides || stream.isDirty || stream.users > 0) continue;
      bytes -= stream.bytes;
      this.forget(stream.subject);
    }
  }

  #put(stream: EventStream, turn: WatchTurn, mustGo: boolean): void {
    const at = this.#deps.clock();
    const { version } = stream;
    if (stream.isDirty) {
      turn.states.push(stream.toState(at));
      turn.streams.add(stream.record);
      turn.afterwards(() => stream.noteWritten(version, at));
    }
    if (!mustGo) return;
    turn.afterwards(() => {
      if (!stream.isDirty && stream.users === 0) this.forget(stream.subject);
    });
  }

  #find(projectId: number, stream: string, make: boolean): Promise<EventStream | null> {
    const key = keyOf(projectId, stream);
    const known = this.#open.get(key);
    if (known !== undefined) {
      known.lastUsedAt = this.#deps.clock();
      this.#open.delete(key);
      this.#open.set(key, known);
      return Promise.resolve(known);
    }
    const name = `${make} ${key}`;
    let opening = this.#opening.get(name);
    if (opening === undefined) {
      opening = this.#load(projectId, stream, make)
        .then((loaded) => {
          // Two questions at once must not make two detectors of one stream.
          const first = this.#open.get(key);
          if (first !== undefined) return first;
          if (loaded === null) return null;
          this.#open.set(key, loaded);
          this.#makeRoom(loaded);
          return loaded;
        })
        .finally(() => this.#opening.delete(name));
      this.#opening.set(name, opening);
    }
    return opening;
  }

  async #load(projectId: number, stream: string, make: boolean): Promise<EventStream | null> {
    const { store, clock } = this.#deps;
    const subject: Subject = { projectId, kind: "event", stream, measure: null };
    const at = clock();
    const isOwn = stream === REQUEST_STREAM;
    const profile: ProfileName = isOwn ? "strict" : "balanced";
    // However many streams an app has opened, its requests are watched.
    const room = isOwn ? Number.MAX_SAFE_INTEGER : MAX_STREAMS;
    const record = make
      ? await store.anomalies.createStream(subject, { profile, at }, room)
      : await store.anomalies.getStream(subject);
    if (record === null) return null;
    return (await this.#restore(record, at)) ?? this.#begin(record, at);
  }

  async #restore(record: StreamRecord, at: number): Promise<EventStream | null> {
    const state = await this.#deps.store.anomalies.getState(record);
    if (state === null) return null;
    try {
      const { head, snapshot, young } = parseState(state.snapshot);
      const { kit } = this.#deps;
      const memory = new MemoryWindow({
        detector: kit.restoreEvents(snapshot),
        create: this.#create,
        young: young === null ? null : kit.restoreEvents(young),
        head: head.window,
      });
      return new EventStream({ record, memory, at, version: state.version, ...head });
    } catch (error) {
      this.#deps.reportDamage(record, error);
      return null;
    }
  }

  #begin(record: StreamRecord, at: number): EventStream {
    const detector = this.#create();
    const head = MemoryWindow.headAt(at);
    return new EventStream({
      record,
      memory: new MemoryWindow({ detector, create: this.#create, young: null, head }),
      at,
    });
  }
}

/** Whether stores keep the name as it is: two names must never mean one row. */
function isName(stream: string): boolean {
  return stream.isWellFormed() && !stream.includes("\0");
}

function keyOf(projectId: number, stream: string): string {
  return `${projectId} ${stream}`;
}
