import { SYSTEM_CLOCK, type Clock } from "../../gate/clock.ts";
import { CallDeadline } from "./call-deadline.ts";
import type { RedisCommand, RedisDriver, RedisReply } from "./redis-driver.ts";
import { RedisError } from "./redis-error.ts";
import type { RedisPort, RedisPortStats } from "./redis-port.ts";
import type { RedisScript } from "./redis-script.ts";
import { RemoteClock } from "./remote-clock.ts";

export interface RedisPortSettings {
  /** No call takes longer. */
  deadlineMs: number;
  clock?: Clock;
  /** Called when Redis is found to be away, and when it has come back. */
  onChange?: (isUp: boolean, reason: string) => void;
}

/** Between two probes of a Redis that is away. */
const PROBE_INTERVAL_MS = 250;
/** A probe without an answer holds back the next one this long, lest the client's queue fills with them. */
const PROBE_PATIENCE_MS = 5_000;

export function createRedisPort(driver: RedisDriver, settings: RedisPortSettings): RedisPort {
  return new DeadlinePort(driver, settings);
}

class DeadlinePort implements RedisPort {
  readonly isCluster: boolean;
  readonly #driver: RedisDriver;
  readonly #clock: Clock;
  readonly #deadlineMs: number;
  readonly #deadline: CallDeadline;
  readonly #remote: RemoteClock;
  readonly #onChange: (isUp: boolean, reason: string) => void;
  readonly #stats = { sent: 0, away: 0, timeouts: 0, failures: 0 };
  /** A client that is still connecting for the first time is not away yet. */
  #wasReady = false;
  #isDown = false;
  #probedMs = Number.NEGATIVE_INFINITY;
  #isProbing = false;

  constructor(driver: RedisDriver, { deadlineMs, clock = SYSTEM_CLOCK, onChange }: RedisPortSettings) {
    this.isCluster = driver.isCluster;
    this.#driver = driver;
    this.#clock = clock;
    this.#deadlineMs = deadlineMs;
    this.#deadline = new CallDeadline(deadlineMs, clock);
    this.#remote = new RemoteClock(clock);
    this.#onChange = onChange ?? (() => undefined);
    this.#wasReady = this.#isReady();
    if (this.#wasReady) this.#probe();
    else driver.wake();
  }

  isUp(): boolean {
    if (!this.#isReady()) {
      this.#driver.wake();
      if (this.#wasReady) this.#fall("the client is not connected");
      return false;
    }
    this.#wasReady = true;
    if (this.#isDown) this.#probe();
    return !this.#isDown;
  }

  run(
    script: RedisScript,
    keys: readonly string[],
    args: readonly (string | Uint8Array)[],
    answer: "text" | "bytes" = "text",
  ): Promise<RedisReply> {
    const rest = [String(keys.length), ...keys, ...args];
    const key = keys[0] ?? "";
    return this.#sendIfUp(["evalsha", script.sha, ...rest], key, answer, () => ["eval", script.source, ...rest]);
  }

  send(command: RedisCommand, key: string, answer: "text" | "bytes" = "text"): Promise<RedisReply> {
    return this.#sendIfUp(command, key, answer);
  }

  reportGarbage(): void {
    this.#fail(new RedisError("garbage", "Redis gave an answer that makes no sense."));
  }

  lastUsefulMs(): number {
    return this.#remote.lastUsefulMs(this.#deadlineMs);
  }

  learnTime(redisMs: number): void {
    this.#remote.learn(redisMs);
  }

  stats(): RedisPortStats {
    return { ...this.#stats, down: this.#isDown ? 1 : 0 };
  }

  #sendIfUp(
    command: RedisCommand,
    key: string,
    answer: "text" | "bytes",
    toFullScript?: () => RedisCommand,
  ): Promise<RedisReply> {
    if (!this.isUp()) {
      this.#stats.away++;
      return Promise.reject(new RedisError("away", "Redis is away; nothing was sent."));
    }
    return new Promise((resolve, reject) => {
      const call = this.#deadline.begin(() => {
        const error = new RedisError("timeout", `Redis did not answer within ${this.#deadlineMs} ms.`);
        this.#fail(error);
        reject(error);
      });
      const attempt = (sent: RedisCommand, retry: (() => RedisCommand) | undefined): void => {
        this.#stats.sent++;
        this.#driver.send(sent, key, answer).then(
          (reply) => {
            if (this.#deadline.end(call)) resolve(reply as RedisReply);
          },
          (cause: unknown) => {
            if (call.isOver) return;
            // A script that Redis has forgotten (restart, failover, SCRIPT FLUSH) did not run.
            if (retry !== undefined && isUnknownScript(cause)) return attempt(retry(), undefined);
            this.#deadline.end(call);
            const error = toRedisError(cause);
            this.#fail(error);
            reject(error);
          },
        );
      };
      attempt(command, toFullScript);
    });
  }

  /** An error that Redis itself answers with cost no waiting, so it alone does not mean that Redis is away. */
  #fail(error: RedisError): void {
    if (error.failure === "timeout") this.#stats.timeouts++;
    else this.#stats.failures++;
    if (error.failure !== "refused") this.#fall(error.message);
  }

  #fall(reason: string): void {
    if (this.#isDown) return;
    this.#isDown = true;
    this.#probedMs = Number.NEGATIVE_INFINITY;
    this.#say(reason.replace(/\.$/, ""));
  }

  /** Asks for the time: the answer tells that Redis is there, and what its clock says. */
  #probe(): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#probedMs < (this.#isProbing ? PROBE_PATIENCE_MS : PROBE_INTERVAL_MS)) return;
    this.#probedMs = nowMs;
    this.#isProbing = true;
    const settle = (): void => {
      if (this.#probedMs === nowMs) this.#isProbing = false;
    };
    this.#driver.send(["time"], "", "text").then((reply) => {
      settle();
      const redisMs = tryReadTime(reply);
      // An answer that was long in coming shows that Redis is still too slow.
      if (redisMs === undefined || this.#clock.monotonicMs() - nowMs > this.#deadlineMs) return;
      this.#remote.learn(redisMs);
      if (!this.#isDown) return;
      this.#isDown = false;
      this.#say("Redis answers again");
    }, settle);
  }

  #isReady(): boolean {
    try {
      return this.#driver.isReady();
    } catch {
      return false;
    }
  }

  #say(reason: string): void {
    try {
      this.#onChange(!this.#isDown, reason);
    } catch {
      // Whoever listens must not decide whether requests are answered.
    }
  }
}

function tryReadTime(reply: unknown): number | undefined {
  if (!Array.isArray(reply) || reply.length !== 2) return undefined;
  const timeMs = Number(reply[0]) * 1000 + Number(reply[1]) / 1000;
  return Number.isFinite(timeMs) && timeMs > 0 ? timeMs : undefined;
}

function toRedisError(cause: unknown): RedisError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new RedisError(isAnsweredError(cause) ? "refused" : "connection", message, cause);
}

/** Error replies begin with a code in capitals, and both families of clients name their class after it. */
function isAnsweredError(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  const name = cause.name === "Error" ? cause.constructor.name : cause.name;
  return name === "ReplyError" || name === "ErrorReply" || name === "SimpleError" || name === "BlobError";
}

function isUnknownScript(cause: unknown): boolean {
  return cause instanceof Error && cause.message.startsWith("NOSCRIPT");
}
