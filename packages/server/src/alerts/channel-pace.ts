const HOUR_MS = 3_600_000;
const OPEN_AFTER_FAILURES = 5;
const FIRST_OPEN_MS = 60_000;
const MAX_OPEN_MS = 15 * 60_000;

/** Messages that one channel sends in an hour; what is beyond waits and is told in one message. */
const MESSAGES_PER_HOUR = 60;
/** Slack takes one message a second and webhook. */
const MIN_GAP_MS = 1000;

/** What one channel may do now: the hourly cap, the gap between two messages, and the circuit that opens after five failures in a row. */
export class ChannelPace {
  private sentAt: number[] = [];
  private lastTryAt = Number.NEGATIVE_INFINITY;
  private failures = 0;
  private openUntil = 0;

  /** Milliseconds until the gap since the last try is over. */
  gapLeft(now: number): number {
    return Math.max(0, this.lastTryAt + MIN_GAP_MS - now);
  }

  /** When the channel may be tried again; undefined when it may now. After the pause one try decides. */
  circuitOpenUntil(now: number): number | undefined {
    return now < this.openUntil ? this.openUntil : undefined;
  }

  /** When the cap lets the next message through; undefined when it does now. */
  cappedUntil(now: number): number | undefined {
    this.sentAt = this.sentAt.filter((at) => at > now - HOUR_MS);
    const first = this.sentAt[0];
    return this.sentAt.length < MESSAGES_PER_HOUR || first === undefined ? undefined : first + HOUR_MS;
  }

  recordTry(now: number): void {
    this.lastTryAt = now;
  }

  recordSuccess(now: number): void {
    this.sentAt.push(now);
    this.failures = 0;
    this.openUntil = 0;
  }

  recordFailure(now: number): void {
    this.failures += 1;
    if (this.failures < OPEN_AFTER_FAILURES) return;
    this.openUntil = now + Math.min(MAX_OPEN_MS, FIRST_OPEN_MS * 2 ** (this.failures - OPEN_AFTER_FAILURES));
  }
}
