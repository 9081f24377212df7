import type { GatewatchEvent } from "@gatewatch/protocol";
import type { Sink } from "./sink.ts";

/**
 * Hands every event to a function of the app's own. What it throws, or rejects with, is counted and kept as `lastError`;
 * `flush` waits for the promises that it returned.
 */
export function createFunctionSink(take: (event: GatewatchEvent) => unknown, name = "function"): Sink {
  const running = new Set<Promise<void>>();
  let pushed = 0;
  let sent = 0;
  let failed = 0;
  let lastError: string | null = null;
  let isClosed = false;

  function fail(error: unknown): void {
    failed += 1;
    lastError = error instanceof Error ? error.message : "failed";
  }

  async function wait(result: PromiseLike<unknown>): Promise<void> {
    try {
      await result;
      sent += 1;
    } catch (error) {
      fail(error);
    }
  }

  async function flush(deadlineMs: number): Promise<boolean> {
    if (running.size === 0) return true;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), deadlineMs)));
    const done = Promise.all(running).then(() => true);
    return await Promise.race([done, late]).finally(() => clearTimeout(timer));
  }

  return {
    name,
    push(event) {
      if (isClosed) return;
      pushed += 1;
      try {
        const result = take(event);
        if (!isThenable(result)) return void (sent += 1);
        const waiting = wait(result).finally(() => running.delete(waiting));
        running.add(waiting);
      } catch (error) {
        fail(error);
      }
    },
    flush,
    async close(deadlineMs) {
      await flush(deadlineMs);
      isClosed = true;
    },
    stats: () => ({
      pushed,
      sent,
      queued: running.size,
      queuedBytes: 0,
      spooledBatches: 0,
      dropped: failed === 0 ? {} : { sink_failed: failed },
      circuit: "closed",
      lastError,
    }),
  };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
