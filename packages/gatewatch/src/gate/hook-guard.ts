import type { Clock } from "./clock.ts";
import type { WriteNotice } from "./notices.ts";

/** The moments that a layer declares by a method of that name. */
export type Hook = "onRequest" | "onHead" | "onError" | "onUnhandled" | "onFinish";
export type Moment = Hook | "whenBody";

export interface HookStats {
  /** Failures per `layer.moment`. */
  failures: Record<string, number>;
  /** Hooks that ran longer than a second, per `layer.moment`. */
  slow: Record<string, number>;
}

/** A hook that runs longer than this holds up every request of the process. */
export const SLOW_HOOK_MS = 1000;
const SLOW_NOTICE_INTERVAL_MS = 60_000;

/** Counts what goes wrong in hooks; says each failure once and each slowness at most once a minute. */
export class HookGuard {
  readonly #notice: WriteNotice;
  readonly #clock: Clock;
  readonly #failures = new Map<string, number>();
  readonly #slow = new Map<string, number>();
  readonly #slowSaidMs = new Map<string, number>();

  constructor(notice: WriteNotice, clock: Clock) {
    this.#notice = notice;
    this.#clock = clock;
  }

  failed(layer: string, moment: string, error: unknown): void {
    const key = `${layer}.${moment}`;
    const count = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, count);
    if (count > 1) return;
    this.#say({
      level: "error",
      code: "hook_failed",
      message: `${key} failed and is skipped for this request; later failures are only counted`,
      error,
    });
  }

  slow(layer: string, moment: string, durationMs: number): void {
    const key = `${layer}.${moment}`;
    this.#slow.set(key, (this.#slow.get(key) ?? 0) + 1);
    const nowMs = this.#clock.monotonicMs();
    const saidMs = this.#slowSaidMs.get(key);
    if (saidMs !== undefined && nowMs - saidMs < SLOW_NOTICE_INTERVAL_MS) return;
    this.#slowSaidMs.set(key, nowMs);
    this.#say({
      level: "warn",
      code: "hook_slow",
      message: `${key} took ${Math.round(durationMs)} ms (limit ${SLOW_HOOK_MS} ms)`,
    });
  }

  stats(): HookStats {
    return { failures: Object.fromEntries(this.#failures), slow: Object.fromEntries(this.#slow) };
  }

  #say(notice: Parameters<WriteNotice>[0]): void {
    try {
      this.#notice(notice);
    } catch {
      // A broken logger must not break the app; the counters keep the fact.
    }
  }
}
