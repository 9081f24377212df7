import type { GatewatchEvent } from "@gatewatch/protocol";
import type { FailureFacts, ThresholdFacts } from "@gatewatch/protocol/messages/failure-facts";
import { type Clock, systemClock, type Timer } from "../clock.ts";
import { createDropCounter } from "../drop-counter.ts";
import type { Logger } from "../logger.ts";
import { Cooldowns } from "./cooldowns.ts";
import { failureOfEvent } from "./failure-of-event.ts";
import type { LocalChannel, LocalNote, NoteResult } from "./local-channel.ts";

export interface ChannelPolicy {
  logger: Logger;
  /** Answers that are told of. @default [400, 403, 404, 500] */
  statuses?: readonly number[] | undefined;
  /** One message per kind and route in this time; the next says how many there were. @default 300_000 */
  cooldownMs?: number | undefined;
  /** One message, its answer included. @default 5_000 */
  timeoutMs?: number | undefined;
  /** Name of the app, in every message. */
  service?: string | null | undefined;
  clock?: Clock | undefined;
}

export interface ChannelSender {
  name: string;
  /** For the log; holds no secret. */
  description: string;
  /** Between two messages. */
  paceMs: number;
  /** What it throws counts as a failure that may pass. */
  send(note: LocalNote, timeoutMs: number): Promise<NoteResult>;
  close(): void;
}

export const DEFAULT_STATUSES: readonly number[] = [400, 403, 404, 500];
const MAX_QUEUE = 50;
const MAX_ATTEMPTS = 3;
/** At most so often are those looked for that have come to rest. */
const MIN_DIGEST_MS = 1_000;

interface Waiting {
  note: LocalNote;
  attempts: number;
}

/**
 * Tells people of failed requests, without a Gatewatch server: one message per kind and span, a bounded queue, a pace, a few attempts. What goes
 * wrong here is logged, and never becomes a message.
 */
export function createLocalChannel(sender: ChannelSender, policy: ChannelPolicy): LocalChannel {
  const { logger, clock = systemClock, statuses = DEFAULT_STATUSES, cooldownMs = 300_000, timeoutMs = 5_000 } = policy;
  const { service } = policy;
  const drops = createDropCounter();
  const cooldowns = new Cooldowns<FailureFacts>(cooldownMs);
  const queue: Waiting[] = [];
  const waiters: (() => void)[] = [];
  let timer: Timer | undefined;
  let digest: Timer | undefined;
  let isSending = false;
  let isClosed = false;
  let nextAt = 0;
  let pushed = 0;
  let sent = 0;
  let lastError: string | null = null;

  function enqueue(note: LocalNote): void {
    pushed += 1;
    if (queue.length >= MAX_QUEUE) {
      queue.shift();
      drops.add("queue_full", 1);
    }
    queue.push({ note, attempts: 0 });
    pump();
  }

  function pump(): void {
    if (isSending || timer !== undefined || queue.length === 0) return settle();
    const wait = nextAt - clock.now();
    if (wait > 0) {
      timer = clock.after(wait, () => {
        timer = undefined;
        pump();
      });
      return;
    }
    isSending = true;
    void sendNext();
  }

  async function sendNext(): Promise<void> {
    const entry = queue.shift() as Waiting;
    nextAt = clock.now() + sender.paceMs;
    try {
      const result = await sender.send(entry.note, timeoutMs);
      if (result.ok) sent += 1;
      else {
        fail(entry, result.message, !result.retry);
        nextAt = Math.max(nextAt, clock.now() + (result.retryAfterMs ?? 0));
      }
    } catch (error) {
      fail(entry, error instanceof Error ? error.message : "failed", false);
    }
    isSending = false;
    pump();
  }

  /** What was held back is told with the next of its kind, or when none has come for another span. */
  function awaitRest(): void {
    const restMs = cooldowns.nextRestMs();
    if (restMs === undefined) return;
    digest = clock.after(Math.max(MIN_DIGEST_MS, restMs - clock.now()), () => {
      digest = undefined;
      for (const { last, more } of cooldowns.takeRested(clock.now())) {
        enqueue({ kind: "failure", facts: { ...last, more, service } });
      }
      awaitRest();
    });
  }

  function fail(entry: Waiting, message: string, isLasting: boolean): void {
    lastError = message;
    entry.attempts += 1;
    if (!isLasting && entry.attempts < MAX_ATTEMPTS && !isClosed) return void queue.unshift(entry);
    drops.add("sink_failed", 1);
    logger.error(`${sender.description} failed: ${message}`);
  }

  function settle(): void {
    if (queue.length === 0 && !isSending) for (const resolve of waiters.splice(0)) resolve();
  }

  return {
    name: sender.name,
    push(event: GatewatchEvent) {
      if (isClosed) return;
      const failure = failureOfEvent(event, statuses);
      if (failure === undefined) return;
      const more = cooldowns.admit(failure.key, failure.facts, clock.now());
      if (more !== undefined) enqueue({ kind: "failure", facts: { ...failure.facts, more, service } });
      else if (digest === undefined) awaitRest();
    },
    tellThreshold(facts: ThresholdFacts) {
      if (!isClosed) enqueue({ kind: "threshold", facts: { service, ...facts } });
    },
    flush(deadlineMs) {
      if (queue.length === 0 && !isSending) return Promise.resolve(true);
      return new Promise((resolve) => {
        const deadline = clock.after(deadlineMs, () => resolve(queue.length === 0 && !isSending), true);
        waiters.push(() => {
          deadline.cancel();
          resolve(true);
        });
      });
    },
    async close(deadlineMs) {
      await this.flush(deadlineMs);
      isClosed = true;
      timer?.cancel();
      digest?.cancel();
      drops.add("shutdown_deadline", queue.length);
      queue.length = 0;
      sender.close();
    },
    stats: () => ({
      pushed,
      sent,
      queued: queue.length,
      queuedBytes: 0,
      spooledBatches: 0,
      dropped: drops.totals(),
      circuit: "closed",
      lastError,
    }),
  };
}
