import { onTestFinished } from "vitest";
import type { Clock } from "./clock.ts";

/** A clock that stands still until a test moves it. */
export interface ClockStandIn extends Clock {
  /** Runs what falls due, in order of time. */
  advance(ms: number): void;
  /** Delays of the timers that wait. */
  pending(): number[];
}

export function createClockStandIn(startMs = 1_800_000_000_000): ClockStandIn {
  let now = startMs;
  let timers: { at: number; task: () => void }[] = [];
  return {
    now: () => now,
    after(delayMs, task) {
      const timer = { at: now + delayMs, task };
      timers.push(timer);
      return { cancel: () => void (timers = timers.filter((other) => other !== timer)) };
    },
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const next = timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        timers = timers.filter((other) => other !== next);
        now = Math.max(now, next.at);
        next.task();
      }
      now = end;
    },
    pending: () => timers.map((timer) => timer.at - now),
  };
}

/** Lets the event loop turn until the condition holds or the test is over; the test's own timeout bounds it. */
export async function until(condition: () => boolean): Promise<void> {
  const over = new AbortController();
  onTestFinished(() => over.abort());
  while (!over.signal.aborted && !condition()) await new Promise((resolve) => setImmediate(resolve));
}
