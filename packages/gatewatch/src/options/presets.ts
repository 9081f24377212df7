import { SECURITY_HEADERS_PRESETS } from "./groups/security-headers-presets.ts";
import type { ConfigOptions } from "./options.ts";

export const PRESET_NAMES = ["api", "web", "strict", "ai-video"] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

const HOUR_MS = 3_600_000;

/** Option values that belong together; everything set by code, file or environment wins over them. */
export const PRESETS: Readonly<Record<PresetName, ConfigOptions>> = Object.freeze({
  api: {
    timing: { processingTimeHeader: true },
    securityHeaders: SECURITY_HEADERS_PRESETS.api,
    rateLimit: { headers: "both" },
  },
  web: {
    securityHeaders: SECURITY_HEADERS_PRESETS.web,
    rateLimit: { headers: "draft" },
    compression: { skipSecrets: true },
  },
  strict: {
    errorBoundary: { details: false },
    securityHeaders: SECURITY_HEADERS_PRESETS.strict,
    rateLimit: { headers: "draft" },
    compression: { skipSecrets: true },
  },
  "ai-video": {
    service: "ai_video_api",
    accessLog: { fields: "full" },
    timing: {
      slowMs: 2000,
      processingTimeHeader: true,
      requestCountHeader: true,
      memoryDeltaHeader: true,
      cpuDeltaHeader: true,
      processMetricsMs: 15_000,
      memoryGrowthBytes: 104_857_600,
    },
    errorBoundary: {
      threshold: 5,
      windowMs: 300_000,
      errorTypesToTrack: ["ValidationError", "ModelLoadError", "VideoGenerationError", "TimeoutError"],
      statusByType: { ValidationError: 400, ModelLoadError: 503, VideoGenerationError: 500, TimeoutError: 408 },
      errorTypeHeader: true,
      errorCountHeader: true,
      duration: true,
    },
    rateLimit: {
      enabled: true,
      limit: 1000,
      windowMs: HOUR_MS,
      key: "token",
      routes: {
        "/api/v1/videos/generate": { limit: 10, windowMs: HOUR_MS },
        "/api/v1/videos/batch": { limit: 5, windowMs: HOUR_MS },
        "/api/v1/models": { limit: 100, windowMs: HOUR_MS },
      },
      message: (x, { limit, windowMs, retryAfterSeconds }) => ({
        error: "Rate limit exceeded",
        endpoint: x.path,
        limit,
        window: windowMs / 1000,
        retry_after: retryAfterSeconds,
      }),
    },
    cache: {
      enabled: true,
      routes: {
        "/health": 60_000,
        "/metrics": 300_000,
        "/api/v1/videos": 1_800_000,
        "/api/v1/models": HOUR_MS,
      },
      byDevice: true,
      ttlHeader: true,
      redisPrefix: "ai_video_cache:",
    },
  },
});
