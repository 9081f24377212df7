import type { RedisCommand, RedisDriver } from "./redis-driver.ts";

export interface RedisDriverStandIn extends RedisDriver {
  isConnected: boolean;
  isCluster: boolean;
  woken: number;
  readonly sent: { command: RedisCommand; key: string; answer: "text" | "bytes" }[];
  /** What happens to a command; a promise that stays open plays a stalled peer. */
  reply: (command: RedisCommand) => unknown;
}

/** A client without a Redis: it answers what the test says. */
export function createRedisDriverStandIn(reply: (command: RedisCommand) => unknown = () => "OK"): RedisDriverStandIn {
  const driver: RedisDriverStandIn = {
    isCluster: false,
    isConnected: true,
    woken: 0,
    sent: [],
    reply,
    isReady: () => driver.isConnected,
    wake: () => void driver.woken++,
    async send(command, key, answer) {
      driver.sent.push({ command, key, answer });
      return driver.reply(command);
    },
  };
  return driver;
}

/** An error as Redis answers it, in the class of ioredis. */
export function createReplyError(message: string): Error {
  return Object.assign(new Error(message), { name: "ReplyError" });
}

export const never = (): Promise<never> => new Promise(() => undefined);
