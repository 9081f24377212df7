import type { DetectedAnomaly, DetectEvent, DetectResult } from "./detection.ts";

export interface EventStreamOptions {
  streamId: string;
  /** Events sent together. @default 100 */
  batchSize?: number;
  /** How long an event may wait for company (ms). @default 5000 */
  batchDelayMs?: number;
  /** What Driftlock calls `batchDelayMs`. */
  flushInterval?: number;
  /** Events that may wait; the oldest go first. @default 10000 */
  maxQueueEvents?: number;
}

export interface StreamListeners {
  anomaly: (anomaly: DetectedAnomaly) => void;
  batch: (result: DetectResult) => void;
  error: (error: unknown) => void;
}

/** Gathers events and sends them in batches, one after the other. */
export interface EventStream {
  on<K extends keyof StreamListeners>(name: K, listener: StreamListeners[K]): this;
  /** Never waits and never throws; false when the stream is closed. */
  push(event: DetectEvent): boolean;
  /** Sends what waits; resolves when it has arrived or was given up. */
  flush(): Promise<void>;
  /** Flushes, then takes nothing more. */
  close(): Promise<void>;
  stats(): { waiting: number; sent: number; dropped: number };
}

/** Most events that one call may carry. */
const MAX_BATCH = 1_000;

export function createEventStream(
  {
    batchSize = 100,
    flushInterval = 5_000,
    batchDelayMs = flushInterval,
    maxQueueEvents = 10_000,
  }: Omit<EventStreamOptions, "streamId">,
  send: (events: readonly DetectEvent[]) => Promise<DetectResult>,
): EventStream {
  const size = Math.min(MAX_BATCH, Math.max(1, batchSize));
  const listeners: { [K in keyof StreamListeners]: StreamListeners[K][] } = { anomaly: [], batch: [], error: [] };
  const queue: DetectEvent[] = [];
  const counts = { sent: 0, dropped: 0 };
  let timer: ReturnType<typeof setTimeout> | undefined;
  let sending: Promise<void> | undefined;
  let isClosed = false;

  function tell<T>(to: readonly ((value: T) => void)[], value: T): void {
    for (const listener of to) {
      try {
        listener(value);
      } catch {
        // A listener that fails must not take the others' events away.
      }
    }
  }

  async function sendAll(): Promise<void> {
    while (queue.length > 0) {
      const events = queue.splice(0, size);
      try {
        const result = await send(events);
        counts.sent += events.length;
        tell(listeners.batch, result);
        for (const anomaly of result.anomalies) tell(listeners.anomaly, anomaly);
      } catch (error) {
        counts.dropped += events.length;
        tell(listeners.error, error);
      }
    }
  }

  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    sending ??= sendAll().finally(() => (sending = undefined));
    return sending;
  }

  return {
    on(name, listener) {
      listeners[name].push(listener);
      return this;
    },
    push(event) {
      if (isClosed) return false;
      if (queue.length >= maxQueueEvents) {
        queue.shift();
        counts.dropped++;
      }
      queue.push(event);
      if (queue.length >= size) void flush();
      else timer ??= startTimer(() => void flush(), batchDelayMs);
      return true;
    },
    flush,
    async close() {
      isClosed = true;
      await flush();
    },
    stats: () => ({ waiting: queue.length, ...counts }),
  };
}

/** Where a process has an end, it must not wait for this. */
function startTimer(task: () => void, delayMs: number): ReturnType<typeof setTimeout> {
  const timer: unknown = setTimeout(task, delayMs);
  if (typeof timer === "object" && timer !== null && "unref" in timer && typeof timer.unref === "function")
    timer.unref();
  return timer as ReturnType<typeof setTimeout>;
}
