import type { ErrorEvent, Resource } from "@gatewatch/protocol";
import { formatAgentReport } from "./agent-report.ts";
import { systemClock, type Clock, type Timer } from "./clock.ts";
import { createDropCounter } from "./drop-counter.ts";
import type { Logger } from "./logger.ts";
import { createOwnAgent } from "./own-agent.ts";
import { post } from "./post.ts";
import type { Sink } from "./sink.ts";

export interface AgentSinkOptions {
  /** Full address that takes each error. */
  endpoint: string;
  /** Sent as `Authorization: Bearer`. */
  apiKey?: string;
  logger: Logger;
  resource?: Resource;
  /** One post, its answer included. @default 5_000 */
  timeoutMs?: number;
  /** Errors waiting in memory; the oldest go first. @default 100 */
  maxQueue?: number;
  /** Posts of one error, the first included. @default 3 */
  maxAttempts?: number;
  /** First step of the exponential backoff. @default 1_000 */
  backoffMs?: number;
  clock?: Clock;
  /** 0 ≤ n < 1; spreads retries. */
  random?: () => number;
}

const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_QUOTE = 200;

/** Posts each error by itself to an agent service; only the status 200 is success. Other events pass it by. */
export function createAgentSink(options: AgentSinkOptions): Sink {
  const {
    logger,
    clock = systemClock,
    random = Math.random,
    timeoutMs = 5_000,
    maxQueue = 100,
    maxAttempts = 3,
    backoffMs = 1_000,
  } = options;
  const url = new URL(options.endpoint);
  const agent = createOwnAgent(url.protocol, 1);
  const drops = createDropCounter();
  const headers: Record<string, string> = { "content-type": "application/json", accept: "*/*" };
  if (options.apiKey !== undefined && options.apiKey !== "") headers["authorization"] = `Bearer ${options.apiKey}`;
  const queue: ErrorEvent[] = [];
  let waiters: (() => void)[] = [];
  let isSending = false;
  let isClosed = false;
  let wakeUp: (() => void) | undefined;
  let pushed = 0;
  let sent = 0;
  let lastError: string | null = null;

  const isOpen = (): boolean => !isClosed;

  async function sendAll(): Promise<void> {
    isSending = true;
    for (let event = queue[0]; event !== undefined && isOpen(); event = queue[0]) {
      const isSent = await sendOne(event).catch(() => false);
      if (queue[0] === event) queue.shift();
      if (isSent) sent += 1;
      else if (!isClosed) drops.add("sink_failed", 1);
    }
    isSending = false;
    for (const resolve of waiters.splice(0)) resolve();
  }

  async function sendOne(event: ErrorEvent): Promise<boolean> {
    const body = Buffer.from(JSON.stringify(formatAgentReport(event, options.resource ?? {})), "utf8");
    for (let attempt = 1; isOpen(); attempt += 1) {
      const result = await tryPost(body);
      if (result === "sent") return true;
      if (result === "refused" || attempt >= maxAttempts) return false;
      await pause(random() * backoffMs * 2 ** (attempt - 1));
    }
    return false;
  }

  async function tryPost(body: Buffer): Promise<"sent" | "refused" | "again"> {
    try {
      const answer = await post({ url, headers, body, agent, clock, timeoutMs, maxAnswerBytes: MAX_ANSWER_BYTES });
      if (answer.status === 200) return "sent";
      lastError = `HTTP ${answer.status}: ${answer.text.slice(0, MAX_QUOTE)}`;
      logger.warn(`The agent service at ${url.origin} answered ${lastError}`);
      return answer.status >= 500 ? "again" : "refused";
    } catch (error) {
      lastError = error instanceof Error ? error.message : "failed";
      logger.warn(`The agent service at ${url.origin} could not be reached: ${lastError}`);
      return "again";
    }
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = clock.after(ms, resolve);
      wakeUp = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  const isIdle = (): boolean => queue.length === 0 && !isSending;

  return {
    name: "agent",
    push(event) {
      if (event.type !== "error") return;
      if (isClosed) return drops.add("shutdown_deadline", 1);
      pushed += 1;
      // The first is on its way: the next oldest goes.
      if (queue.length >= maxQueue) {
        queue.splice(isSending ? 1 : 0, 1);
        drops.add("queue_full", 1);
      }
      queue.push(event);
      if (!isSending) void sendAll();
    },
    flush(deadlineMs) {
      if (isIdle()) return Promise.resolve(true);
      return new Promise((resolve) => {
        const deadline: Timer = clock.after(deadlineMs, () => resolve(isIdle()), true);
        waiters.push(() => {
          deadline.cancel();
          resolve(true);
        });
      });
    },
    async close(deadlineMs) {
      await this.flush(deadlineMs);
      isClosed = true;
      drops.add("shutdown_deadline", queue.length);
      queue.length = 0;
      wakeUp?.();
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
