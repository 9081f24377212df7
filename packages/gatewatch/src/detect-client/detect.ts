export {
  DetectAuthenticationError,
  DetectError,
  type DetectErrorCode,
  DetectNetworkError,
  DetectRateLimitError,
  DetectValidationError,
} from "./detect-errors.ts";
export type { AnomalyCalls, AnomalyFilter, ExportFormat, FeedbackType, StoredAnomaly } from "./anomaly-calls.ts";
export type { DetectedAnomaly, DetectEvent, DetectMetrics, DetectResult } from "./detection.ts";
export type { EventStream, EventStreamOptions, StreamListeners } from "./event-stream.ts";
export {
  type DetectCallOptions,
  gatewatchDetect,
  type GatewatchDetect,
  type GatewatchDetectOptions,
} from "./gatewatch-detect.ts";
export type { MonitorOptions } from "./monitor-function.ts";
export type { NewStream, ProfileChange, StreamCalls } from "./stream-calls.ts";
export type { WrapOpenAIOptions } from "./wrap-open-ai.ts";
