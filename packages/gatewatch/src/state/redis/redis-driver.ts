/** What Redis answers, integers as numbers; texts, or bytes where they were asked for. */
export type RedisReply = number | string | Uint8Array | null | readonly RedisReply[];

/** One command: its name, then its arguments. */
export type RedisCommand = readonly (string | Uint8Array)[];

/** The user's client in one shape. It is borrowed: never configured, never closed. */
export interface RedisDriver {
  readonly isCluster: boolean;
  /** Whether a command would be written now, instead of waiting in the client's own queue. */
  isReady(): boolean;
  /** Lets a client that connects at its first command begin to connect. Never throws. */
  wake(): void;
  /** `key` decides the node of a cluster. Rejects with the client's error. */
  send(command: RedisCommand, key: string, answer: "text" | "bytes"): Promise<unknown>;
}
