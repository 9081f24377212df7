/** A timer that was started and can be stopped. */
export interface Timer {
  cancel(): void;
}

/** Time as an argument, so that tests own it. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Runs `task` once after `delayMs`; the process may end before it unless `keepAlive`. */
  after(delayMs: number, task: () => void, keepAlive?: boolean): Timer;
}

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, task, keepAlive = false) {
    const handle = setTimeout(task, delayMs);
    if (!keepAlive) handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
};
