/** State that the processes of one installation share: memory on one machine, Redis on many. */
export interface Shared {
  /** Takes `cost` tokens from a bucket of `capacity` refilled at `perSecond`; `left` remain. False with the wait when there are too few. */
  takeTokens(
    key: string,
    cost: number,
    capacity: number,
    perSecond: number,
  ): Promise<{ ok: true; left: number } | { ok: false; retryAfterMs: number }>;
  /** Runs `work` if nobody else holds `key`; undefined when somebody does. The lease ends after `leaseMs` at the latest. */
  withLock<T>(key: string, leaseMs: number, work: () => Promise<T>): Promise<T | undefined>;
  publish(topic: string, message: unknown): void;
  /** Returns how to stop listening. */
  subscribe(topic: string, listener: (message: unknown) => void): () => void;
  close(): Promise<void>;
}
