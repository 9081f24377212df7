export interface CircuitBreakerOptions {
  now(): number;
  random(): number;
  backoffMs: number;
  maxBackoffMs: number;
}

/** Decides when the next attempt may be made. */
export interface CircuitBreaker {
  state(): "closed" | "open" | "half-open";
  /** True when the server came back by this. */
  succeed(): boolean;
  /** True when the server went away by this. */
  fail(afterMs?: number): boolean;
  /** When `open` ends. */
  retryAt(): number;
  /** Ends `open` now, unless the server asked for the time. */
  probe(): void;
}

const MIN_DELAY_MS = 50;

/** Opens at the first failure, for an exponential time with full jitter or as long as the server asks; then one probe decides. */
export function createCircuitBreaker(options: CircuitBreakerOptions): CircuitBreaker {
  let failures = 0;
  let retryAt = 0;
  let askedUntil = 0;
  return {
    state: () => (failures === 0 ? "closed" : options.now() < retryAt ? "open" : "half-open"),
    succeed() {
      const wasAway = failures > 0;
      failures = 0;
      askedUntil = 0;
      return wasAway;
    },
    fail(afterMs) {
      const now = options.now();
      if (afterMs !== undefined) askedUntil = Math.max(askedUntil, now + afterMs);
      // Batches that were on their way together fail together: that is one failure.
      if (failures > 0 && now < retryAt) {
        retryAt = Math.max(retryAt, askedUntil);
        return false;
      }
      const ceiling = Math.min(options.maxBackoffMs, options.backoffMs * 2 ** Math.min(failures, 20));
      retryAt = Math.max(askedUntil, now + Math.max(MIN_DELAY_MS, options.random() * ceiling));
      failures += 1;
      return failures === 1;
    },
    retryAt: () => retryAt,
    probe: () => void (retryAt = Math.max(askedUntil, options.now())),
  };
}
