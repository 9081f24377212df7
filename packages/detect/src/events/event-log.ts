import type { DetectableEvent } from "../ports.ts";
import { SnapshotError } from "../snapshot/snapshot-error.ts";
import { StateReader } from "../snapshot/state-reader.ts";
import { StateWriter } from "../snapshot/state-writer.ts";

/** An event as it is sent to be learned elsewhere. */
export interface LoggedEvent {
  atMs: number;
  /** JSON of the event, redacted; up to `MAX_LOGGED_CHARACTERS`. */
  json: string;
}

export const MAX_LOGGED_EVENTS = 1_000;
export const MAX_LOGGED_CHARACTERS = 4_096;

const KIND = "event-log";
const VERSION = 1;
/** UTF-8 takes up to three bytes for each of UTF-16's units. */
const MAX_BYTES = 3 * MAX_LOGGED_CHARACTERS;

/** What a process has seen lately, for `EventDetector.merge` of another one: learned there one by one, as if it had seen them itself. @throws RangeError when it is more than one log may hold */
export function writeEventLog(events: readonly LoggedEvent[]): Uint8Array<ArrayBuffer> {
  if (events.length > MAX_LOGGED_EVENTS) throw new RangeError(`a log holds at most ${MAX_LOGGED_EVENTS} events`);
  const w = new StateWriter(KIND, VERSION);
  w.count(events.length);
  for (const { atMs, json } of events) {
    if (json.length > MAX_LOGGED_CHARACTERS)
      throw new RangeError(`an event of a log has at most ${MAX_LOGGED_CHARACTERS} characters`);
    w.f64(atMs);
    w.string(json);
  }
  return w.finish();
}

/** The events of a log, all of which were read; undefined for a snapshot of something else. @throws SnapshotError for one that is damaged */
export function tryReadEventLog(bytes: Uint8Array): { atMs: number; event: DetectableEvent }[] | undefined {
  const r = tryOpen(bytes);
  if (r === undefined) return undefined;
  const events: { atMs: number; event: DetectableEvent }[] = [];
  for (let left = r.count(MAX_LOGGED_EVENTS); left > 0; left--) {
    const atMs = r.finite();
    events.push({ atMs, event: parseEvent(r.string(MAX_BYTES), r) });
  }
  r.end();
  return events;
}

function tryOpen(bytes: Uint8Array): StateReader | undefined {
  try {
    return new StateReader(bytes, KIND, [VERSION]);
  } catch (error) {
    if (error instanceof SnapshotError && error.code === "snapshot_kind") return undefined;
    throw error;
  }
}

function parseEvent(json: string, r: StateReader): DetectableEvent {
  let event: unknown;
  try {
    event = JSON.parse(json);
  } catch {
    return r.refuse("A logged event is not JSON.");
  }
  if (typeof event !== "object" || event === null) return r.refuse("A logged event is not one.");
  return event as DetectableEvent;
}
