import type { Clock } from "../../gate/clock.ts";

const WINDOW_MS = 1000;
const WHOLE_PER_WINDOW = 10;
const MAX_KEYS = 256;

/** Whether to write, and how many like it were left out before. */
export type FoldDecision = { write: true; folded: number } | { write: false };

/** Lets ten alike through per second and counts the rest, so that a storm of errors costs bounded lines. */
export class RepeatFolder {
  readonly #clock: Clock;
  readonly #windows = new Map<string, { sinceMs: number; written: number; folded: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  decide(key: string): FoldDecision {
    const nowMs = this.#clock.monotonicMs();
    let window = this.#windows.get(key);
    if (window === undefined) {
      if (this.#windows.size >= MAX_KEYS) this.#dropOldest();
      window = { sinceMs: nowMs, written: 0, folded: 0 };
      this.#windows.set(key, window);
    } else if (nowMs - window.sinceMs >= WINDOW_MS) {
      window.sinceMs = nowMs;
      window.written = 0;
    }
    if (window.written >= WHOLE_PER_WINDOW) {
      window.folded++;
      return { write: false };
    }
    window.written++;
    const { folded } = window;
    window.folded = 0;
    return { write: true, folded };
  }

  #dropOldest(): void {
    const oldest = this.#windows.keys().next();
    if (oldest.done !== true) this.#windows.delete(oldest.value);
  }
}
