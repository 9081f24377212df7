import type { Clock, Timer } from "./clock.ts";

/** Rings at the earliest time that it was set to. */
export interface Alarm {
  /** Epoch milliseconds; `Infinity` while it is not set. */
  readonly at: number;
  /** Later times than the one it is set to change nothing. */
  set(atMs: number): void;
  cancel(): void;
}

export function createAlarm(clock: Clock, ring: () => void): Alarm {
  let timer: Timer | undefined;
  let at = Infinity;
  return {
    get at() {
      return at;
    },
    set(atMs) {
      if (atMs >= at) return;
      timer?.cancel();
      at = atMs;
      timer = clock.after(Math.max(0, atMs - clock.now()), () => {
        at = Infinity;
        ring();
      });
    },
    cancel() {
      timer?.cancel();
      at = Infinity;
    },
  };
}
