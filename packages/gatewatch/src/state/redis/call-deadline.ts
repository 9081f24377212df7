import type { Clock } from "../../gate/clock.ts";

export interface PendingCall {
  readonly dueMs: number;
  isOver: boolean;
  readonly expire: () => void;
}

/** One deadline for many calls, with one timer: calls begin in the order in which they are due. */
export class CallDeadline {
  readonly #deadlineMs: number;
  readonly #clock: Clock;
  #calls: PendingCall[] = [];
  #first = 0;
  #isArmed = false;

  constructor(deadlineMs: number, clock: Clock) {
    this.#deadlineMs = deadlineMs;
    this.#clock = clock;
  }

  /** `expire` runs when the call is not ended in time. */
  begin(expire: () => void): PendingCall {
    const call: PendingCall = { dueMs: this.#clock.monotonicMs() + this.#deadlineMs, isOver: false, expire };
    this.#calls.push(call);
    if (!this.#isArmed) this.#arm(this.#deadlineMs);
    return call;
  }

  /** False when the call had been given up. */
  end(call: PendingCall): boolean {
    if (call.isOver) return false;
    call.isOver = true;
    this.#dropEnded();
    return true;
  }

  #arm(delayMs: number): void {
    this.#isArmed = true;
    const timer = setTimeout(() => this.#checkAfterReading(), Math.max(1, Math.ceil(delayMs)));
    timer.unref();
  }

  /** After a pause of the whole process, answers wait in the sockets behind the timer: they are read first. */
  #checkAfterReading(): void {
    const nowMs = this.#clock.monotonicMs();
    setImmediate(() => this.#expireDue(nowMs));
  }

  #expireDue(nowMs: number): void {
    this.#isArmed = false;
    while (this.#first < this.#calls.length) {
      const call = this.#calls[this.#first]!;
      if (!call.isOver && call.dueMs > nowMs) {
        this.#arm(call.dueMs - this.#clock.monotonicMs());
        return;
      }
      this.#first++;
      if (call.isOver) continue;
      call.isOver = true;
      call.expire();
    }
    this.#dropEnded();
  }

  #dropEnded(): void {
    while (this.#first < this.#calls.length && this.#calls[this.#first]!.isOver) this.#first++;
    if (this.#first === this.#calls.length) {
      this.#calls = [];
      this.#first = 0;
    } else if (this.#first > 1024) {
      this.#calls = this.#calls.slice(this.#first);
      this.#first = 0;
    }
  }
}
