import { MAX_LOGGED_CHARACTERS, MAX_LOGGED_EVENTS, type LoggedEvent, writeEventLog } from "@gatewatch/detect";

/** Of one log: with some thousand streams that wait for a server, what they hold must stay small. */
const MAX_CHARACTERS = 256 * 1024;
/** Detectors look no deeper. */
const MAX_DEPTH = 8;

/** What a stream has seen since its last exchange, until it is full: an unbroken stretch, so that what follows what stays true. */
export class EventLog {
  #events: LoggedEvent[] = [];
  #characters = 0;
  /** Events that found no room, or are too long. */
  passedOver = 0;

  get size(): number {
    return this.#events.length;
  }

  /** Keeps a copy; what the app does with the event later changes nothing here. */
  add(event: object, atMs: number): void {
    const json = this.#isFull ? undefined : tryWrite(event);
    if (json === undefined || json.length > MAX_LOGGED_CHARACTERS) {
      this.passedOver++;
      return;
    }
    this.#events.push({ atMs, json });
    this.#characters += json.length;
  }

  at(index: number): { event: Record<string, unknown>; atMs: number } {
    const { json, atMs } = this.#events[index]!;
    return { event: JSON.parse(json) as Record<string, unknown>, atMs };
  }

  /** All of it as bytes, and begins anew; undefined when there is nothing. */
  take(): Uint8Array | undefined {
    if (this.#events.length === 0) return undefined;
    const bytes = writeEventLog(this.#events);
    this.#events = [];
    this.#characters = 0;
    return bytes;
  }

  get #isFull(): boolean {
    return this.#events.length >= MAX_LOGGED_EVENTS || this.#characters >= MAX_CHARACTERS;
  }
}

function tryWrite(event: object): string | undefined {
  try {
    return JSON.stringify(copyAsSeen(event, 0));
  } catch {
    return undefined;
  }
}

/** As detectors see it: members of its own, no dates, whatever `toJSON` would make of it. @throws what a getter throws */
function copyAsSeen(value: unknown, depth: number): unknown {
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Date || ArrayBuffer.isView(value)) return undefined;
  if (depth > MAX_DEPTH) return {};
  if (Array.isArray(value)) return value.map((item) => copyAsSeen(item, depth + 1));
  const copy = Object.create(null) as Record<string, unknown>;
  for (const name of Object.keys(value)) {
    // A member of this name would be called instead of being written.
    if (name === "toJSON") continue;
    copy[name] = copyAsSeen((value as Record<string, unknown>)[name], depth + 1);
  }
  return copy;
}
