export {
  createGatewatch,
  type CodeOnlyOptions,
  type Gatewatch,
  type GatewatchOptions,
  type GatewatchStats,
} from "./create-gatewatch.ts";
export { createMiddlewareStack, type MiddlewareStack } from "./create-middleware-stack.ts";
export type { CerberusCalls, LlmCall, McpCall } from "./cerberus-calls.ts";
export { currentExchange } from "./gate/context.ts";
export type { EarlyReply, Exchange, HeaderReader, Outcome, ResponseHead, TraceContext } from "./gate/exchange.ts";
export type { Layer } from "./gate/layer.ts";
export type { FactTeller, MetricOptions } from "./gate/fact.ts";
export { type CustomBreadcrumb, RequestHandle } from "./gate/request-handle.ts";
export { formatTraceparent } from "./gate/trace-context.ts";
export type { Detection, EventAnomaly } from "./layers/anomaly/detect-events.ts";
export type { RequestAnomaly } from "./options/groups/anomaly.ts";
export type { EventDetection } from "./open-detection.ts";
export type { UserLogger } from "./layers/log/user-logger.ts";
export type { CachePurges } from "./layers/cache/cache-purges.ts";
export type { RateLimits } from "./layers/rate-limit/rate-limits.ts";
export { ConfigError, type ConfigErrorCode } from "./options/config-error.ts";
export type { OptionKind } from "./options/option-kinds.ts";
export { OPTION_TABLE, type OptionRow } from "./options/option-table.ts";
export type { ConfigOptions, ConfigValues } from "./options/options.ts";
export type { Sink, SinkStats } from "./ship/sink.ts";
