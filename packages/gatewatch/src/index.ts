export {
  createGatewatch,
  type Gatewatch,
  type GatewatchMetrics,
  type GatewatchOptions,
  type GatewatchStats,
} from "./create-gatewatch.ts";
export type { CodeOnlyOptions } from "./code-only-options.ts";
export type { MetricsHandler, MetricsHandlerOptions } from "./create-metrics-handler.ts";
export { createMiddlewareStack, type MiddlewareStack } from "./create-middleware-stack.ts";
export type { DetectableEvent, Finding } from "@gatewatch/detect";
export type { ErrorEvent, GatewatchEvent } from "@gatewatch/protocol";
export type { CerberusCalls, LlmCall, McpCall } from "./cerberus-calls.ts";
export type { BodyEncoder, BodyObserver, BodyPlan, EncodedOutput } from "./gate/body-plan.ts";
export { currentExchange } from "./gate/context.ts";
export type { EarlyReply, Exchange, HeaderReader, Outcome, ResponseHead, TraceContext } from "./gate/exchange.ts";
export type { Counter, Gauge, Histogram, Instruments, Labels } from "./gate/instruments.ts";
export type { CounterOptions, GaugeOptions, HistogramOptions } from "./gate/instruments.ts";
export type { Layer } from "./gate/layer.ts";
export type { FactTeller, MetricOptions } from "./gate/fact.ts";
export type { CustomBreadcrumb } from "./gate/custom-breadcrumb.ts";
export { RequestHandle } from "./gate/request-handle.ts";
export { formatTraceparent } from "./gate/trace-context.ts";
export type { Detection, EventAnomaly } from "./layers/anomaly/detect-events.ts";
export type { RequestAnomaly } from "./options/groups/anomaly.ts";
export type { EventDetection } from "./open-detection.ts";
export type { UserLogger } from "./layers/log/user-logger.ts";
export type { CachePurges } from "./layers/cache/cache-purges.ts";
export type { LimitState, RateLimits } from "./layers/rate-limit/rate-limits.ts";
export { ConfigError, type ConfigErrorCode } from "./options/config-error.ts";
export type { OptionKind } from "./options/option-kinds.ts";
export { OPTION_TABLE, type OptionRow } from "./options/option-table.ts";
export type { LimitKey, Refusal } from "./options/groups/rate-limit.ts";
export type { ConfigOptions, ConfigValues } from "./options/options.ts";
export type { RouteOptions } from "./options/resolve-route-options.ts";
export type { GivenSink } from "./open-sinks.ts";
export type { Sink, SinkStats } from "./ship/sink.ts";
export type { CounterVerdict } from "./state/counters/counter-store.ts";
