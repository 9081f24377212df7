import type { GatewatchEvent } from "@gatewatch/protocol";
import { systemClock, type Clock, type Timer } from "./clock.ts";
import { createDropCounter } from "./drop-counter.ts";
import type { Logger } from "./logger.ts";
import { createOwnAgent } from "./own-agent.ts";
import { tryParseRetryAfter } from "./parse-retry-after.ts";
import { post } from "./post.ts";
import type { Sink } from "./sink.ts";
import { formatSlackMessage, slackSubjectOf, type SlackSubject } from "./slack-message.ts";

export interface SlackSinkOptions {
  /** Incoming webhook. */
  webhookUrl: string;
  logger: Logger;
  /** Answers that are told of. @default [400, 403, 404, 500] */
  statuses?: readonly number[];
  /** One message per status and route in this time; the next says how many there were. @default 300_000 */
  cooldownMs?: number;
  /** @default 5_000 */
  timeoutMs?: number;
  clock?: Clock;
}

interface Waiting {
  subject: SlackSubject;
  attempts: number;
}

/** Slack takes about one message a second. */
const PACE_MS = 1_000;
const MAX_QUEUE = 50;
const MAX_ATTEMPTS = 3;
const MAX_COOLDOWNS = 1_000;
const DEFAULT_STATUSES = [400, 403, 404, 500] as const;

/** Tells a Slack channel of failed requests, without a Gatewatch server; a scanner's hundred 404s make one message. */
export function createSlackSink(options: SlackSinkOptions): Sink {
  const { logger, clock = systemClock, statuses = DEFAULT_STATUSES, cooldownMs = 300_000, timeoutMs = 5_000 } = options;
  const url = new URL(options.webhookUrl);
  const agent = createOwnAgent(url.protocol, 1);
  const drops = createDropCounter();
  const told = new Map<string, { until: number; more: number }>();
  const queue: Waiting[] = [];
  let timer: Timer | undefined;
  let isSending = false;
  let isClosed = false;
  let nextAt = 0;
  let pushed = 0;
  let sent = 0;
  let lastError: string | null = null;
  const waiters: (() => void)[] = [];

  /** Undefined while its kind was told of lately. */
  function admit(event: GatewatchEvent): SlackSubject | undefined {
    const subject = slackSubjectOf(event, statuses);
    if (subject === undefined) return undefined;
    const now = clock.now();
    const before = told.get(subject.key);
    if (before !== undefined && now < before.until) {
      before.more += 1;
      return undefined;
    }
    told.delete(subject.key);
    if (told.size >= MAX_COOLDOWNS) told.delete(told.keys().next().value ?? "");
    told.set(subject.key, { until: now + cooldownMs, more: 0 });
    return { ...subject, more: before?.more ?? 0 };
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
    nextAt = clock.now() + PACE_MS;
    try {
      const body = Buffer.from(JSON.stringify(formatSlackMessage(entry.subject)), "utf8");
      const headers = { "content-type": "application/json" };
      const answer = await post({ url, headers, body, agent, clock, timeoutMs, maxAnswerBytes: 1_024 });
      if (answer.status === 200) sent += 1;
      else {
        const isLasting = answer.status < 500 && answer.status !== 429;
        fail(entry, `HTTP ${answer.status} ${answer.text.slice(0, 200)}`.trim(), isLasting);
        nextAt = Math.max(nextAt, clock.now() + (tryParseRetryAfter(answer.headers["retry-after"], clock.now()) ?? 0));
      }
    } catch (error) {
      fail(entry, error instanceof Error ? error.message : "failed", false);
    }
    isSending = false;
    pump();
  }

  function fail(entry: Waiting, message: string, isLasting: boolean): void {
    lastError = message;
    entry.attempts += 1;
    if (!isLasting && entry.attempts < MAX_ATTEMPTS && !isClosed) return void queue.unshift(entry);
    drops.add("sink_failed", 1);
    // The webhook's path is its secret.
    logger.error(`The Slack webhook at ${url.origin} failed: ${message}`);
  }

  function settle(): void {
    if (queue.length === 0 && !isSending) for (const resolve of waiters.splice(0)) resolve();
  }

  return {
    name: "slack",
    push(event) {
      if (isClosed) return;
      const subject = admit(event);
      if (subject === undefined) return;
      pushed += 1;
      if (queue.length >= MAX_QUEUE) {
        queue.shift();
        drops.add("queue_full", 1);
      }
      queue.push({ subject, attempts: 0 });
      pump();
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
      drops.add("shutdown_deadline", queue.length);
      queue.length = 0;
      agent.destroy();
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
