import type { DropReason, GatewatchEvent } from "@gatewatch/protocol";

/** Where events go. `push` returns at once, never throws, and counts what it drops. */
export interface Sink {
  readonly name: string;
  push(event: GatewatchEvent): void;
  /** Resolves when everything pushed before has left or was dropped, or when `deadlineMs` has passed; false in the latter case. */
  flush(deadlineMs: number): Promise<boolean>;
  /** Flush, then stop; nothing is accepted afterwards. */
  close(deadlineMs: number): Promise<void>;
  stats(): SinkStats;
}

export interface SinkStats {
  pushed: number;
  sent: number;
  /** Waiting in memory. */
  queued: number;
  queuedBytes: number;
  /** Waiting on disk. */
  spooledBatches: number;
  dropped: Partial<Record<DropReason, number>>;
  /** `open`: not trying for now. */
  circuit: "closed" | "open" | "half-open";
  lastError: string | null;
}
