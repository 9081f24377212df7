import type { RedisCommand, RedisReply } from "./redis-driver.ts";
import type { RedisScript } from "./redis-script.ts";

export interface RedisPortStats {
  /** Commands sent. */
  sent: number;
  /** Calls turned away at once because Redis is known to be away. */
  away: number;
  timeouts: number;
  /** Connections that broke, errors and nonsense for an answer. */
  failures: number;
  /** 1 while Redis is known to be away. */
  down: number;
}

/**
 * Redis with a deadline: every call settles within it. After a failure or a silence nothing is sent until a probe in the background
 * has been answered; calls meanwhile reject at once.
 */
export interface RedisPort {
  /** Keys of one call must share a hash tag (`{…}`) when this is true. */
  readonly isCluster: boolean;
  /** False when a call would reject at once; asking also lets a probe go out when one is due. */
  isUp(): boolean;
  /**
   * Runs a script atomically. All keys belong to one hash slot.
   * @throws RedisError (as a rejection)
   */
  run(
    script: RedisScript,
    keys: readonly string[],
    args: readonly (string | Uint8Array)[],
    answer?: "text" | "bytes",
  ): Promise<RedisReply>;
  /** Sends one command. @throws RedisError (as a rejection) */
  send(command: RedisCommand, key: string, answer?: "text" | "bytes"): Promise<RedisReply>;
  /** Tells the port that an answer made no sense: it counts as a failure. */
  reportGarbage(): void;
  /** Epoch milliseconds on Redis's clock at which an answer to a call sent now comes too late; 0 while that clock is unknown. */
  lastUsefulMs(): number;
  /** Lets the port learn Redis's clock from an answer that carries its time (epoch milliseconds). */
  learnTime(redisMs: number): void;
  stats(): RedisPortStats;
}
