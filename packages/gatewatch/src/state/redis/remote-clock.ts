import type { Clock } from "../../gate/clock.ts";

/** How long an estimate stays before a newer one takes its place, however low. */
const GENERATION_MS = 10_000;

/**
 * Redis's clock as seen from here. A time that arrives now was read earlier, so each answer gives a lower bound of the distance;
 * the best of the last 10 to 20 seconds is used.
 */
export class RemoteClock {
  readonly #clock: Clock;
  #offsetMs = Number.NEGATIVE_INFINITY;
  #olderOffsetMs = Number.NEGATIVE_INFINITY;
  #startedMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  learn(redisMs: number): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#startedMs >= GENERATION_MS) {
      this.#olderOffsetMs = nowMs - this.#startedMs >= 2 * GENERATION_MS ? Number.NEGATIVE_INFINITY : this.#offsetMs;
      this.#offsetMs = Number.NEGATIVE_INFINITY;
      this.#startedMs = nowMs;
    }
    this.#offsetMs = Math.max(this.#offsetMs, redisMs - nowMs);
  }

  /** The moment on Redis's clock after which an answer to a call sent now comes too late; 0 while that clock is unknown. */
  lastUsefulMs(deadlineMs: number): number {
    const offsetMs = Math.max(this.#offsetMs, this.#olderOffsetMs);
    return offsetMs === Number.NEGATIVE_INFINITY ? 0 : this.#clock.monotonicMs() + offsetMs + deadlineMs;
  }
}
