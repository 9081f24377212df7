import type { DropReason, GatewatchEvent, RequestEvent } from "@gatewatch/protocol";
import { WIRE_LIMITS } from "@gatewatch/protocol";

/** A waiting event: requests as objects, which become columns; all others as JSON, made once. */
export type QueuedEvent =
  | { kind: "request"; event: RequestEvent; bytes: number; at: number }
  | { kind: "error" | "other"; json: string; bytes: number; at: number };

export interface EventQueue {
  push(event: GatewatchEvent, now: number): void;
  /** Errors and then the others, oldest first; only when there are none, requests: a batch of columns alone costs the server least. */
  take(maxEvents: number, maxBytes: number): QueuedEvent[];
  /** When the oldest event of the kind was pushed; undefined when none waits. */
  oldestAt(kind: QueuedEvent["kind"]): number | undefined;
  readonly size: number;
  readonly bytes: number;
}

export interface EventQueueOptions {
  maxEvents: number;
  maxBytes: number;
  countDrop(reason: DropReason, count: number): void;
}

/** A row of columns without its strings. */
const REQUEST_BASE_BYTES = 90;
const KINDS = ["error", "other", "request"] as const;
const VICTIMS = ["request", "other", "error"] as const;

/** Bounded by count and bytes. When full, the oldest request goes first and errors go last. */
export function createEventQueue(options: EventQueueOptions): EventQueue {
  const lanes = { request: createLane(), other: createLane(), error: createLane() };
  let bytes = 0;
  const size = (): number => lanes.request.length() + lanes.other.length() + lanes.error.length();

  function makeRoom(incoming: QueuedEvent): boolean {
    for (;;) {
      const reason =
        size() >= options.maxEvents
          ? "queue_full"
          : bytes + incoming.bytes > options.maxBytes
            ? "queue_bytes_full"
            : undefined;
      if (reason === undefined) return true;
      const victim = VICTIMS.find((kind) => lanes[kind].length() > 0);
      options.countDrop(reason, 1);
      if (victim === undefined || VICTIMS.indexOf(victim) > VICTIMS.indexOf(incoming.kind)) return false;
      bytes -= lanes[victim].shift()?.bytes ?? 0;
    }
  }

  return {
    push(event, now) {
      const item = tryPrepare(event, now);
      if (typeof item === "string") return options.countDrop(item, 1);
      if (!makeRoom(item)) return;
      lanes[item.kind].push(item);
      bytes += item.bytes;
    },
    take(maxEvents, maxBytes) {
      const taken: QueuedEvent[] = [];
      let takenBytes = 0;
      for (const kind of KINDS) {
        if (kind === "request" && taken.length > 0) return taken;
        for (let next = lanes[kind].peek(); next !== undefined; next = lanes[kind].peek()) {
          if (taken.length >= maxEvents || (taken.length > 0 && takenBytes + next.bytes > maxBytes)) return taken;
          lanes[kind].shift();
          taken.push(next);
          takenBytes += next.bytes;
          bytes -= next.bytes;
        }
      }
      return taken;
    },
    oldestAt: (kind) => lanes[kind].peek()?.at,
    get size() {
      return size();
    },
    get bytes() {
      return bytes;
    },
  };
}

function tryPrepare(event: GatewatchEvent, at: number): QueuedEvent | DropReason {
  try {
    return prepare(event, at);
  } catch {
    return "serialisation_failed";
  }
}

function prepare(event: GatewatchEvent, at: number): QueuedEvent | DropReason {
  if (event.type === "request") {
    const strings =
      event.path.length + (event.route?.length ?? 0) + (event.requestId?.length ?? 0) + (event.client?.length ?? 0);
    const bytes =
      REQUEST_BASE_BYTES +
      strings +
      (event.userAgent?.length ?? 0) +
      (event.attributes === undefined ? 0 : JSON.stringify(event.attributes).length);
    return { kind: "request", event, bytes, at };
  }
  const json = JSON.stringify(event);
  const kind = event.type === "error" ? "error" : "other";
  const limit = kind === "error" ? WIRE_LIMITS.maxErrorBytes : WIRE_LIMITS.maxEventBytes;
  // A character takes at most three bytes of UTF-8: exact counting is needed only near the limit.
  const bytes = json.length * 3 <= limit ? json.length : Buffer.byteLength(json);
  return bytes > limit ? "event_too_large" : { kind, json, bytes, at };
}

interface Lane {
  push(item: QueuedEvent): void;
  shift(): QueuedEvent | undefined;
  peek(): QueuedEvent | undefined;
  length(): number;
}

/** First in, first out, without moving the rest at every shift. */
function createLane(): Lane {
  let items: (QueuedEvent | undefined)[] = [];
  let head = 0;
  return {
    push: (item) => void items.push(item),
    shift() {
      const item = items[head];
      if (item === undefined) return undefined;
      items[head] = undefined;
      head += 1;
      if (head > 256 && head * 2 > items.length) {
        items = items.slice(head);
        head = 0;
      }
      return item;
    },
    peek: () => items[head],
    length: () => items.length - head,
  };
}
