import type { Server } from "node:http";

/** Where a variant's events go: servers of the benchmark's own that take everything. */
export interface SinkUrls {
  /** Speaks Gatewatch's native wire, the WebSocket included. */
  native: string;
  /** Answers every post with 200. */
  any: string;
}

/** An app as one process. */
export interface Variant {
  name: string;
  /** The variant that it is compared with, in turns. */
  base: string;
  make(sinks: SinkUrls): Promise<Server>;
}

export const PAYLOAD = { id: 42, name: "Walnut desk lamp", priceCents: 8900 };

/** Nothing of the gate but its interception. */
export const LAYERS_OFF = {
  requestId: false,
  accessLog: false,
  timing: false,
  errorBoundary: false,
  securityHeaders: false,
  compression: false,
  customMetrics: false,
  metrics: false,
  record: false,
} as const;

const CORS = { enabled: true, origins: ["https://shop.example"] };
const RATE_LIMIT = { enabled: true, limit: 1_000_000_000, windowMs: 60_000 };

/** What the assembled stack does: log, ids, headers, CORS, limit, compression check, metrics; nothing is sent away. */
export const WHOLE_GATE = { enabled: false, cors: CORS, rateLimit: RATE_LIMIT };

/** Every request but the first is answered from memory. */
export const CACHED = { enabled: true, routes: { "/api/products*": { ttlMs: 3_600_000 } } };

/** One layer at a time. */
export const SINGLE_LAYERS = {
  "request-id": { requestId: true },
  "access-log": { accessLog: true },
  timing: { timing: { enabled: true, processingTimeHeader: true } },
  "error-boundary": { errorBoundary: true },
  "security-headers": { securityHeaders: true },
  cors: { cors: CORS },
  "rate-limit": { rateLimit: RATE_LIMIT },
  compression: { compression: true },
  "custom-metrics": { customMetrics: true },
  metrics: { metrics: true },
  "record, delivered": { enabled: true, record: true },
} as const;
