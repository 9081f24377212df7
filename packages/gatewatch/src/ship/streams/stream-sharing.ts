import { createCircuitBreaker } from "../circuit-breaker.ts";
import type { Clock, Timer } from "../clock.ts";
import type { Exchange, ExchangeAnswer } from "./exchange.ts";

/** A stream whose detector knows what other processes have seen. */
export interface SharedStream {
  readonly name: string;
  readonly state: "calibrating" | "ready";
  /** What it has seen since this was asked last; undefined when that is nothing. */
  takeLog(): Uint8Array | undefined;
  /** Takes over what all know, unless it knows more. @throws SnapshotError, and then nothing has changed */
  adopt(snapshot: Uint8Array, nowMs: number): Promise<boolean>;
}

export interface SharingOptions {
  exchange: Exchange;
  clock: Clock;
  /** In [0, 1). */
  random(): number;
}

interface Member {
  stream: SharedStream;
  isNew: boolean;
  dueAt: number;
  sequence: number;
  /** On its way, or to be sent again under the same number: the server counts it once. */
  delta: { sequence: number; bytes: Uint8Array } | undefined;
  etag: string | undefined;
}

const EVERY_MS = 60_000;
/** What the others know is worth the most while a stream knows nothing. */
const CALIBRATING_EVERY_MS = 10_000;
/** A stream without events asks this many times less often. */
const IDLE = 5;
const JITTER = 0.2;
const BACKOFF_MS = 5_000;
const MAX_BACKOFF_MS = 600_000;

/** Brings what each stream has seen to the server once a minute (every ten seconds while it is calibrating), and what all processes know back; one exchange at a time, and none in the way of a request. */
export class StreamSharing {
  readonly #options: SharingOptions;
  readonly #members = new Map<string, Member>();
  readonly #breaker: ReturnType<typeof createCircuitBreaker>;
  readonly #counts = { exchanges: 0, failed: 0, adopted: 0, damaged: 0, refused: 0 };
  #timer: Timer | undefined;
  #timerAt = Infinity;
  #running: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: SharingOptions) {
    this.#options = options;
    const { clock, random } = options;
    this.#breaker = createCircuitBreaker({
      now: () => clock.now(),
      random,
      backoffMs: BACKOFF_MS,
      maxBackoffMs: MAX_BACKOFF_MS,
    });
  }

  /** The first exchange is at once: what the others know should be here before much is asked. */
  join(stream: SharedStream): void {
    if (this.#isClosed) return;
    const dueAt = this.#options.clock.now();
    this.#members.set(stream.name, { stream, isNew: true, dueAt, sequence: 0, delta: undefined, etag: undefined });
    this.#schedule();
  }

  leave(stream: SharedStream): void {
    this.#members.delete(stream.name);
  }

  stats(): Record<string, number> {
    const { exchanges, failed, adopted, damaged, refused } = this.#counts;
    return {
      shareExchanges: exchanges,
      shareFailures: failed,
      shareAdopted: adopted,
      shareDamaged: damaged,
      shareRefused: refused,
    };
  }

  /** Hands in what has been seen, as long as the server answers and the time lasts. */
  async close(deadlineMs: number): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer?.cancel();
    let timer: Timer | undefined;
    const late = new Promise<void>((resolve) => (timer = this.#options.clock.after(deadlineMs, resolve, true)));
    await Promise.race([this.#handIn(), late]);
    timer?.cancel();
    this.#members.clear();
  }

  async #handIn(): Promise<void> {
    await this.#running;
    for (const member of this.#members.values()) {
      if (this.#breaker.state() !== "closed") return;
      if (this.#takeDelta(member) !== undefined) await this.#exchange(member);
    }
  }

  #schedule(): void {
    if (this.#isClosed || this.#running !== undefined) return;
    const { clock } = this.#options;
    const now = clock.now();
    let at = Infinity;
    for (const { dueAt } of this.#members.values()) at = Math.min(at, dueAt);
    if (this.#breaker.state() === "open") at = Math.max(at, this.#breaker.retryAt());
    if (at === Infinity || (at === this.#timerAt && this.#timer !== undefined)) return;
    this.#timer?.cancel();
    this.#timerAt = at;
    this.#timer = clock.after(Math.max(0, at - now), () => this.#run());
  }

  #run(): void {
    this.#timer = undefined;
    const [member] = [...this.#members.values()].toSorted((a, b) => a.dueAt - b.dueAt);
    if (member === undefined || this.#isClosed || this.#running !== undefined) return;
    this.#running = this.#exchange(member).finally(() => {
      this.#running = undefined;
      this.#schedule();
    });
  }

  #takeDelta(member: Member): Member["delta"] {
    if (member.delta !== undefined) return member.delta;
    const bytes = member.stream.takeLog();
    if (bytes !== undefined) member.delta = { sequence: member.sequence++, bytes };
    return member.delta;
  }

  /** Never rejects. */
  async #exchange(member: Member): Promise<void> {
    const { exchange, clock, random } = this.#options;
    const delta = this.#takeDelta(member);
    this.#counts.exchanges++;
    let answer: ExchangeAnswer;
    try {
      answer = await exchange({ stream: member.stream.name, delta, etag: member.etag });
    } catch {
      answer = { kind: "retry" };
    }
    if (answer.kind === "retry") {
      this.#counts.failed++;
      this.#breaker.fail(answer.afterMs);
      // The others come first: a stream that the server cannot answer must not keep it from theirs.
      member.dueAt = this.#breaker.retryAt();
      return;
    }
    this.#breaker.succeed();
    member.delta = undefined;
    if (answer.kind === "refused") this.#counts.refused++;
    if (answer.kind === "state" && !this.#isClosed) await this.#adopt(member, answer);
    const isIdle = delta === undefined && !member.isNew;
    member.isNew = false;
    const everyMs = member.stream.state === "calibrating" ? CALIBRATING_EVERY_MS : EVERY_MS;
    const pace = isIdle || answer.kind === "refused" ? IDLE : 1;
    member.dueAt = clock.now() + everyMs * pace * (1 - JITTER + 2 * JITTER * random());
  }

  async #adopt(member: Member, { snapshot, etag }: ExchangeAnswer & { kind: "state" }): Promise<void> {
    try {
      if (await member.stream.adopt(snapshot, this.#options.clock.now())) this.#counts.adopted++;
      member.etag = etag;
    } catch {
      // Refused whole: the stream goes on with what it knows by itself.
      this.#counts.damaged++;
    }
  }
}
