import type { Resource } from "@gatewatch/protocol";
import type { Clock } from "./clock.ts";
import type { Logger } from "./logger.ts";

/** Where batches wait on disk while the server is away. */
export interface SpoolOptions {
  /** Created when absent; may be shared by many processes. */
  folder: string;
  /** @default 67_108_864 */
  maxBytes?: number;
  /** @default 10_000 */
  maxFiles?: number;
  /** @default 86_400_000 */
  maxAgeMs?: number;
}

/** How events reach the Gatewatch server. */
export interface ShipperOptions {
  /** Base address of the server, `http:` or `https:`; `/v1/stream` and `/v1/events` are appended to its path. */
  url: string;
  /** An ingest token. */
  token?: string;
  /** Same for every event of the process; sent once per batch. */
  resource?: Resource;
  logger: Logger;
  /** `false`: memory only. */
  spool?: SpoolOptions | false;
  /**
   * `stream`: WebSocket with HTTP as the fallback. `http`: HTTP only.
   * @default "stream"
   */
  transport?: "stream" | "http";
  /** @default 10_000 */
  maxQueueEvents?: number;
  /** @default 16_777_216 */
  maxQueueBytes?: number;
  /** @default 500 */
  maxBatchEvents?: number;
  /** @default 524_288 */
  maxBatchBytes?: number;
  /** How long an event may wait for company. @default 1_000 */
  batchDelayMs?: number;
  /** The same for errors. @default 100 */
  errorDelayMs?: number;
  /** Batches on their way at once. @default 4 */
  maxInFlight?: number;
  /** One request, its answer included. @default 5_000 */
  timeoutMs?: number;
  /** First step of the exponential backoff. @default 500 */
  backoffMs?: number;
  /** @default 30_000 */
  maxBackoffMs?: number;
  clock?: Clock;
  /** 0 ≤ n < 1; spreads retries. */
  random?: () => number;
}
