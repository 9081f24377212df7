import { setImmediate as turnOver } from "node:timers/promises";

const SLICE_MS = 5;

/** Lets everybody else have the thread. */
export function giveWay(): Promise<void> {
  return turnOver();
}

/** Call it between small pieces of work: it lets everybody else have the thread once this has held it for 5 ms. */
export function createSlicer(monotonicMs: () => number = () => performance.now()): () => Promise<void> | undefined {
  let since = monotonicMs();
  return () => {
    if (monotonicMs() - since < SLICE_MS) return undefined;
    return turnOver().then(() => {
      since = monotonicMs();
    });
  };
}
