import { createHash } from "node:crypto";
import { SYSTEM_CLOCK, type Clock } from "../../../gate/clock.ts";
import type { RedisReply } from "../../redis/redis-driver.ts";
import { RedisError } from "../../redis/redis-error.ts";
import type { RedisPort } from "../../redis/redis-port.ts";
import type { RedisScript } from "../../redis/redis-script.ts";
import type { CounterRule, CounterStore, CounterVerdict } from "../counter-store.ts";
import {
  ALGORITHM_CODES,
  ANSWER_CELLS,
  createBlockScript,
  createCounterScript,
  MODES,
  OUTCOMES,
  SCRIPT_TOO_LATE,
} from "./counter-script.ts";
import { DeniedKeys } from "./denied-keys.ts";

export interface RedisCounterSettings {
  /** Begins every key. */
  prefix: string;
  clock?: Clock;
  /** Lua that gives seconds and microseconds. @default "redis.call('TIME')" */
  readTime?: string;
}

interface WaitingCall {
  rule: CounterRule;
  counterKey: string;
  blockKey: string;
  mode: string;
  amount: number;
  resolve(verdict: CounterVerdict): void;
  reject(error: unknown): void;
}

/** A script holds up everybody else's commands while it runs. */
const MAX_BATCH_CALLS = 64;
const PLAIN_KEY = /^[\w.:/@+=-]{1,80}$/;

/** Counters that all processes on one Redis share. Calls of one turn of the event loop travel together, each decided atomically. */
export function createRedisCounterStore(port: RedisPort, settings: RedisCounterSettings): CounterStore {
  return new RedisCounters(port, settings);
}

class RedisCounters implements CounterStore {
  readonly #port: RedisPort;
  readonly #prefix: string;
  readonly #clock: Clock;
  readonly #script: RedisScript;
  readonly #blockScript: RedisScript;
  readonly #denied = new DeniedKeys();
  readonly #suffixes = new WeakMap<CounterRule, string>();
  #waiting: WaitingCall[] = [];
  #answeredLocally = 0;
  #calls = 0;

  constructor(port: RedisPort, { prefix, clock = SYSTEM_CLOCK, readTime }: RedisCounterSettings) {
    this.#port = port;
    this.#prefix = prefix;
    this.#clock = clock;
    this.#script = createCounterScript(readTime);
    this.#blockScript = createBlockScript(readTime);
  }

  consume(rule: CounterRule, key: string, cost: number): CounterVerdict | Promise<CounterVerdict> {
    const blockKey = this.#blockKey(key);
    const counterKey = blockKey + this.#suffix(rule);
    if (this.#denied.size > 0) {
      const denial = this.#denied.find(counterKey, cost, this.#clock.monotonicMs());
      if (denial !== undefined) {
        this.#answeredLocally++;
        return denial;
      }
    }
    return this.#call(rule, counterKey, blockKey, MODES.take, cost);
  }

  peek(rule: CounterRule, key: string): Promise<CounterVerdict> {
    const blockKey = this.#blockKey(key);
    return this.#call(rule, blockKey + this.#suffix(rule), blockKey, MODES.look, 1);
  }

  adjust(rule: CounterRule, key: string, amount: number): Promise<CounterVerdict> {
    const blockKey = this.#blockKey(key);
    const counterKey = blockKey + this.#suffix(rule);
    this.#denied.forget(counterKey);
    return this.#call(rule, counterKey, blockKey, MODES.shift, amount);
  }

  async reset(rule: CounterRule, key: string): Promise<void> {
    const counterKey = this.#blockKey(key) + this.#suffix(rule);
    this.#denied.forget(counterKey);
    await this.#port.send(["del", counterKey], counterKey);
  }

  async block(key: string, durationMs: number): Promise<void> {
    const blockKey = this.#blockKey(key);
    const ttlMs = String(Math.max(1, Math.ceil(durationMs)));
    await this.#port.run(this.#blockScript, [blockKey], [ttlMs]);
  }

  async unblock(key: string): Promise<void> {
    const blockKey = this.#blockKey(key);
    // Refusals are kept by counter, and a block refuses under all of them.
    this.#denied.clear();
    await this.#port.send(["del", blockKey], blockKey);
  }

  stats(): Readonly<Record<string, number>> {
    const { sent, away, timeouts, failures, down } = this.#port.stats();
    return {
      redisCalls: this.#calls,
      redisCommands: sent,
      redisAway: away,
      redisTimeouts: timeouts,
      redisFailures: failures,
      redisDown: down,
      deniedLocally: this.#answeredLocally,
    };
  }

  /** The braces keep a client's keys on one node of a cluster. */
  #blockKey(key: string): string {
    const tag = PLAIN_KEY.test(key) ? key : `#${createHash("sha256").update(key).digest("base64url")}`;
    return `${this.#prefix}{${tag}}`;
  }

  #suffix(rule: CounterRule): string {
    let suffix = this.#suffixes.get(rule);
    if (suffix === undefined) {
      // A window of another length or kind counts apart.
      suffix = `:${rule.name}:${ALGORITHM_CODES[rule.algorithm]}${rule.windowMs}`;
      this.#suffixes.set(rule, suffix);
    }
    return suffix;
  }

  #call(
    rule: CounterRule,
    counterKey: string,
    blockKey: string,
    mode: string,
    amount: number,
  ): Promise<CounterVerdict> {
    if (!this.#port.isUp()) return Promise.reject(new RedisError("away", "Redis is away; nothing was sent."));
    this.#calls++;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ rule, counterKey, blockKey, mode, amount, resolve, reject });
      // Keys of a cluster live apart, so there every call travels alone.
      if (this.#port.isCluster || this.#waiting.length === MAX_BATCH_CALLS) this.#flush();
      else if (this.#waiting.length === 1) setImmediate(() => this.#flush());
    });
  }

  #flush(): void {
    const calls = this.#waiting;
    if (calls.length === 0) return;
    this.#waiting = [];
    const rules: CounterRule[] = [];
    const keys: string[] = [];
    const tail: string[] = [];
    for (const { rule, counterKey, blockKey, mode, amount } of calls) {
      let index = rules.indexOf(rule);
      if (index === -1) index = rules.push(rule) - 1;
      keys.push(counterKey, blockKey);
      tail.push(String(index + 1), mode, String(amount));
    }
    const args = [this.#port.lastUsefulMs().toFixed(3), String(rules.length)];
    for (const { algorithm, limit, windowMs, burst } of rules) {
      args.push(ALGORITHM_CODES[algorithm], String(limit), String(windowMs), String(burst));
    }
    this.#port.run(this.#script, keys, [...args, ...tail]).then(
      (reply) => this.#settle(calls, reply),
      (error: unknown) => {
        for (const call of calls) call.reject(error);
      },
    );
  }

  #settle(calls: readonly WaitingCall[], reply: RedisReply): void {
    const cells = readCells(reply);
    if (cells === undefined || (cells[0] !== SCRIPT_TOO_LATE && cells.length !== 2 + calls.length * ANSWER_CELLS)) {
      this.#port.reportGarbage();
      for (const call of calls) call.reject(new RedisError("garbage", "Redis gave an answer that makes no sense."));
      return;
    }
    this.#port.learnTime(cells[1]! / 1000);
    if (cells[0] === SCRIPT_TOO_LATE) {
      for (const call of calls) call.reject(new RedisError("timeout", "Redis came to it too late."));
      return;
    }
    const nowMs = this.#clock.monotonicMs();
    for (const [index, call] of calls.entries()) {
      const verdict = toVerdict(cells, 2 + index * ANSWER_CELLS);
      if (!verdict.allowed && call.mode === MODES.take) {
        this.#denied.keep(call.counterKey, verdict, call.amount, nowMs);
      }
      call.resolve(verdict);
    }
  }
}

function readCells(reply: RedisReply): number[] | undefined {
  if (!Array.isArray(reply) || reply.length < 2) return undefined;
  const cells: number[] = [];
  for (const cell of reply as readonly unknown[]) {
    // Some clients are set to give integers as texts or as bigint.
    const number = typeof cell === "number" ? cell : Number(cell ?? Number.NaN);
    if (!Number.isFinite(number)) return undefined;
    cells.push(number);
  }
  return cells;
}

function toVerdict(cells: readonly number[], at: number): CounterVerdict {
  const outcome = cells[at]!;
  const retryUs = cells[at + 3]!;
  return {
    allowed: outcome === OUTCOMES.allowed,
    remaining: cells[at + 1]!,
    resetMs: cells[at + 2]! / 1000,
    retryMs: retryUs < 0 ? Number.POSITIVE_INFINITY : retryUs / 1000,
    blocked: outcome === OUTCOMES.blocked,
  };
}
