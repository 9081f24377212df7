import type { CerberusFacts, PiiRule } from "@gatewatch/protocol/cerberus-event";
import type { Redactor } from "@gatewatch/protocol/redact/redactor";
import { buildCerberusEvent } from "./cerberus/build-cerberus-event.ts";
import { createCerberusLine, type FrameFate } from "./cerberus/cerberus-line.ts";
import { fetchSecretKey } from "./cerberus/fetch-secret-key.ts";
import { FrameQueue, type WaitingFrame } from "./cerberus/frame-queue.ts";
import { systemClock, type Clock, type Timer } from "./clock.ts";
import { createDropCounter } from "./drop-counter.ts";
import type { Logger } from "./logger.ts";
import type { Sink } from "./sink.ts";

export interface CerberusSinkOptions {
  wsUrl: string;
  /** Authenticates each frame; without it nothing is sent. */
  token: string | null;
  /** Names the app; without it nothing is sent. */
  clientId: string | null;
  /** Key of the pseudonyms of addresses. */
  secretKey: string | null;
  /** Hands out that key where none is set. */
  backendUrl: string | null;
  redactor: Redactor;
  rules?: readonly PiiRule[];
  logger: Logger;
  /** @default 10_000 */
  maxQueueEvents?: number;
  /** How long a frame waits for its answer. @default 5_000 */
  ackTimeoutMs?: number;
  clock?: Clock;
  /** 0 ≤ n < 1; spreads attempts to connect. */
  random?: () => number;
}

/** A sink of its own kind of events; those of the recorder pass it by. */
export interface CerberusSink extends Sink {
  take(facts: CerberusFacts): void;
}

const MAX_QUEUE_BYTES = 16_777_216;
const MAX_FRAME_BYTES = 1_048_576;
const MAX_ATTEMPTS = 2;
/** Between two attempts to fetch the key: doubled each time. */
const FIRST_KEY_WAIT_MS = 60_000;
const MAX_KEY_WAIT_MS = 3_600_000;
const FIRST_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 30_000;

/** Streams events to a Cerberus backend: one text frame each over one WebSocket, and each waits for one answer before the next is sent. */
export function createCerberusSink(options: CerberusSinkOptions): CerberusSink {
  const { logger, redactor, rules = [], clock = systemClock, random = Math.random, token, clientId } = options;
  const { maxQueueEvents = 10_000, ackTimeoutMs = 5_000 } = options;
  const debug = (message: string): void => logger.debug?.(`cerberus: ${message}`);
  const drops = createDropCounter();
  const queue = new FrameQueue(maxQueueEvents, MAX_QUEUE_BYTES, drops);
  const settings = token === null || clientId === null ? undefined : { token, clientId, redactor, rules };
  const line = createCerberusLine({ wsUrl: options.wsUrl, ackTimeoutMs, clock, debug });
  const said = new Set<string>();
  let key = options.secretKey ?? undefined;
  let waiters: (() => void)[] = [];
  let isRunning = false;
  let isClosed = false;
  let failures = 0;
  /** Under way, or cut off and to be sent again. */
  let current: WaitingFrame | undefined;
  let pushed = 0;
  let sent = 0;
  let lastError: string | null = null;
  let keyTimer: Timer | undefined;
  let endPause: (() => void) | undefined;

  if (settings === undefined) warnOnce("config", "Cerberus needs token and clientId: its events are dropped.");
  else if (key === undefined) void fetchKey(settings.token, FIRST_KEY_WAIT_MS);

  /** Once for each kind of trouble, until it is over. */
  function warnOnce(kind: string, message: string): void {
    if (said.has(kind)) return;
    said.add(kind);
    logger.warn(message);
  }

  async function fetchKey(apiKey: string, waitMs: number): Promise<void> {
    const { backendUrl } = options;
    try {
      if (backendUrl === null) throw new Error("neither secretKey nor backendUrl is set");
      key = await fetchSecretKey({ backendUrl, token: apiKey, clock });
      debug("the secret key has arrived");
    } catch (error) {
      if (backendUrl !== null && !isClosed) {
        keyTimer = clock.after(waitMs, () => void fetchKey(apiKey, Math.min(MAX_KEY_WAIT_MS, waitMs * 2)));
      }
      warnOnce("key", `Cerberus has no secret key (${describe(error)}): client addresses are left out of its events.`);
    }
  }

  function take(facts: CerberusFacts): void {
    if (isClosed) return drops.add("shutdown_deadline", 1);
    pushed++;
    if (settings === undefined) return drops.add("not_configured", 1);
    try {
      const payload = Buffer.from(JSON.stringify(buildCerberusEvent(facts, settings, key)), "utf8");
      if (payload.length > MAX_FRAME_BYTES) return drops.add("event_too_large", 1);
      if (queue.push(payload)) said.delete("queue");
      else warnOnce("queue", "The queue of the Cerberus stream is full: its oldest events are dropped.");
    } catch (error) {
      drops.add("serialisation_failed", 1);
      lastError = describe(error);
      return;
    }
    debug(`queued ${facts.method} (${queue.length} waiting)`);
    if (!isRunning) void run();
  }

  const next = (): WaitingFrame | undefined => (isClosed ? undefined : (current ??= queue.take()));

  async function run(): Promise<void> {
    isRunning = true;
    for (let frame = next(); frame !== undefined; frame = next()) {
      await sendOne(frame).catch((error: unknown) => fail(describe(error)));
      if (failures > 0 && next() !== undefined) await pause(backoffMs());
    }
    isRunning = false;
    for (const resolve of waiters.splice(0)) resolve();
  }

  async function sendOne(frame: WaitingFrame): Promise<void> {
    await line.open();
    frame.attempts++;
    settle(frame, await line.send(frame.payload));
  }

  function settle(frame: WaitingFrame, fate: FrameFate): void {
    if (isClosed) return;
    if (fate.kind === "answered") {
      current = undefined;
      failures = 0;
      said.delete("line");
      return count(fate.text);
    }
    if (fate.kind === "unanswered" || frame.attempts >= MAX_ATTEMPTS) {
      current = undefined;
      drops.add("sink_failed", 1);
    }
    fail(fate.kind === "cut" ? fate.reason : `no answer within ${ackTimeoutMs} ms`);
  }

  /** Any message is an answer; one that says it is an error is counted as one. */
  function count(text: string): void {
    const error = tryReadError(text);
    if (error === undefined) {
      sent++;
      said.delete("refused");
      return debug("sent");
    }
    lastError = error;
    drops.add(/key|auth|token/i.test(error) ? "unauthorized" : "rejected", 1);
    warnOnce("refused", `The Cerberus backend refuses events: ${error}`);
  }

  function fail(reason: string): void {
    failures++;
    lastError = reason;
    debug(`failed: ${reason}`);
    warnOnce("line", `The Cerberus stream is interrupted: ${reason}. It goes on by itself.`);
  }

  function backoffMs(): number {
    return Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(failures - 1, 10)) * (0.5 + random() / 2);
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = clock.after(ms, resolve);
      endPause = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  function flush(deadlineMs: number): Promise<boolean> {
    if (!isRunning || deadlineMs <= 0) return Promise.resolve(!isRunning);
    return new Promise((resolve) => {
      const deadline: Timer = clock.after(deadlineMs, () => resolve(!isRunning), true);
      waiters.push(() => {
        deadline.cancel();
        resolve(true);
      });
    });
  }

  return {
    name: "cerberus",
    take,
    push: () => undefined,
    flush,
    async close(deadlineMs) {
      await flush(deadlineMs);
      isClosed = true;
      drops.add("shutdown_deadline", queue.clear() + (current === undefined ? 0 : 1));
      current = undefined;
      endPause?.();
      keyTimer?.cancel();
      line.close();
    },
    stats: () => ({
      pushed,
      sent,
      queued: queue.length + (current === undefined ? 0 : 1),
      queuedBytes: queue.bytes + (current?.payload.length ?? 0),
      spooledBatches: 0,
      dropped: drops.totals(),
      circuit: failures === 0 ? "closed" : "half-open",
      lastError,
    }),
  };
}

function tryReadError(text: string): string | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer !== "object" || answer === null || !("status" in answer) || answer.status !== "error")
      return undefined;
    return "error" in answer && typeof answer.error === "string" ? answer.error.slice(0, 200) : "error";
  } catch {
    return undefined;
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : "failed";
}
