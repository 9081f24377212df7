import { COMPRESSION_SPEC } from "./groups/compression.ts";
import { CACHE_SPEC } from "./groups/cache.ts";
import { CORS_SPEC } from "./groups/cors.ts";
import { CUSTOM_METRICS_SPEC } from "./groups/custom-metrics.ts";
import { ACCESS_LOG_SPEC } from "./groups/access-log.ts";
import { EMAIL_SPEC } from "./groups/email.ts";
import { ERROR_BOUNDARY_SPEC } from "./groups/error-boundary.ts";
import { REQUEST_ID_SPEC } from "./groups/request-id.ts";
import { SLACK_SPEC } from "./groups/slack.ts";
import { TIMING_SPEC } from "./groups/timing.ts";
import { METRICS_SPEC } from "./groups/metrics.ts";
import { RATE_LIMIT_SPEC } from "./groups/rate-limit.ts";
import { SECURITY_HEADERS_SPEC } from "./groups/security-headers.ts";
import { ANOMALY_SPEC } from "./groups/anomaly.ts";
import { CERBERUS_SPEC } from "./groups/cerberus.ts";
import { defaultsOf } from "./option-kinds.ts";
import type { ConfigValues } from "./options.ts";

/** What holds where nothing is set. */
export const DEFAULTS: ConfigValues = deepFreeze({
  preset: null,
  enabled: true,
  url: null,
  token: null,
  mode: "background",
  environment: "development",
  release: null,
  service: null,
  hostName: null,
  trustProxy: [],
  clientAddress: "hash",
  secret: null,
  debug: false,
  timeZone: "UTC",
  skip: [],
  requestId: defaultsOf(REQUEST_ID_SPEC),
  accessLog: defaultsOf(ACCESS_LOG_SPEC),
  timing: defaultsOf(TIMING_SPEC),
  errorBoundary: defaultsOf(ERROR_BOUNDARY_SPEC),
  securityHeaders: defaultsOf(SECURITY_HEADERS_SPEC),
  cors: defaultsOf(CORS_SPEC),
  rateLimit: defaultsOf(RATE_LIMIT_SPEC),
  cache: defaultsOf(CACHE_SPEC),
  compression: defaultsOf(COMPRESSION_SPEC),
  customMetrics: defaultsOf(CUSTOM_METRICS_SPEC),
  anomaly: defaultsOf(ANOMALY_SPEC),
  metrics: defaultsOf(METRICS_SPEC),
  record: { enabled: true, requests: true, sampleRate: 1 },
  capture: { body: true, maxBodyBytes: 10_000, headers: true, query: true, user: true, userEmail: false, source: true },
  redact: { keys: [], allowKeys: [], headers: [], patterns: [], email: false },
  delivery: {
    transport: "stream",
    maxQueueEvents: 10_000,
    maxQueueBytes: 16_777_216,
    maxBatchEvents: 500,
    batchDelayMs: 1000,
    timeoutMs: 5000,
    shutdownMs: 2000,
    spool: true,
    spoolFolder: null,
    maxSpoolBytes: 67_108_864,
  },
  agent: { endpoint: null, apiKey: null, timeoutMs: 5000, clientAddress: null },
  cerberus: defaultsOf(CERBERUS_SPEC),
  slack: defaultsOf(SLACK_SPEC),
  email: defaultsOf(EMAIL_SPEC),
  process: { uncaughtException: false, unhandledRejection: false, flushOnExit: true },
});

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) {
    if (typeof part === "object" && part !== null) deepFreeze(part);
  }
  return Object.freeze(value);
}
