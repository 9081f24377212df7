import type { CerberusFacts } from "@gatewatch/protocol/cerberus-event";
import type { ThresholdFacts } from "@gatewatch/protocol/messages/failure-facts";
import type { Clock } from "../gate/clock.ts";
import type { Layer } from "../gate/layer.ts";
import type { WriteNotice } from "../gate/notices.ts";
import type { LocalLog } from "./log/local-log.ts";
import type { MetricsServing } from "../metrics/answer-metrics.ts";
import type { ConfigValues } from "../options/options.ts";
import type { Recorder } from "../record/recorder.ts";
import type { UserView } from "../record/view-user.ts";
import type { RedisDriver } from "../state/redis/redis-driver.ts";
import { type AnomalyPorts, createAnomalyLayer } from "./anomaly/create-anomaly-layer.ts";
import type { EventStreams } from "./anomaly/event-streams.ts";
import { createAccessLogLayer } from "./access-log.ts";
import type { StorePurges } from "./cache/cache-purges.ts";
import { type CachePorts, createCacheLayer } from "./cache/create-cache-layer.ts";
import { openResponseStore } from "./cache/open-response-store.ts";
import { createCerberusLayer } from "./cerberus/create-cerberus-layer.ts";
import { createCompressionLayer } from "./compression/create-compression-layer.ts";
import { createCorsLayer, isCorsNeeded } from "./cors/create-cors-layer.ts";
import { createCustomMetricsLayer } from "./custom-metrics/create-custom-metrics-layer.ts";
import { createHttpMetricsLayer } from "./http-metrics.ts";
import { createErrorBoundaryLayer } from "./error-boundary/create-error-boundary-layer.ts";
import { createRateLimitLayer } from "./rate-limit/create-rate-limit-layer.ts";
import { createRecordLayer } from "./record.ts";
import { createRequestIdLayer } from "./request-id.ts";
import { createSecurityHeadersLayer } from "./security-headers/create-security-headers-layer.ts";
import { createSlowLimits } from "../options/values/slow-limits.ts";
import { createTimingLayer } from "./timing/create-timing-layer.ts";

/** What the layers work with. */
export interface LayerPorts {
  recorder: Recorder;
  log: LocalLog;
  clock: Clock;
  /** Tells people that many errors of one kind have come together. */
  tell?: ((alert: ThresholdFacts) => void) | undefined;
  /** The user's Redis; undefined when none was given. */
  redis?: RedisDriver | undefined;
  /** What requests are measured with. */
  measures?: MetricsServing | undefined;
  /** Hears of the caches. */
  purges?: StorePurges | undefined;
  /** What is otherwise for the cache of a route. */
  cacheOfRoute?: Pick<CachePorts, "ownNames" | "isCompressed" | "region"> | undefined;
  /** Judges events. */
  detection?: DetectionPorts | undefined;
  /** Makes a layer, or leaves it out. @default makes it, and hands on what it throws */
  build?: Build | undefined;
  /** Takes what goes to a Cerberus backend; undefined while that is off. */
  stream?: { take(facts: CerberusFacts): void; viewUser: UserView } | undefined;
}

export interface DetectionPorts extends Pick<AnomalyPorts, "redactor" | "viewUser" | "viewSender" | "remote"> {
  /** Opened by the first who asks. */
  openStreams(): EventStreams;
}

type Build = (name: string, make: () => Layer) => Layer | false;

/** The layers of the gate, outermost first: requests pass from top to bottom, heads, errors and ends from bottom to top. */
export function listLayers(
  options: ConfigValues,
  { recorder, log, clock, tell, redis, purges, cacheOfRoute, measures, detection, stream, build = make }: LayerPorts,
): Layer[] {
  const {
    requestId,
    accessLog,
    timing,
    errorBoundary,
    securityHeaders,
    cors,
    rateLimit,
    cache,
    compression,
    customMetrics,
    anomaly,
    cerberus,
    capture,
    metrics,
    record,
  } = options;
  const { environment, service } = options;
  const slow = createSlowLimits(timing.slowMs, timing.slowRoutes);
  const notice: WriteNotice = (told) => log.writeNotice(told);
  const layers = [
    metrics.enabled && measures !== undefined && createHttpMetricsLayer(metrics, measures),
    requestId.enabled && createRequestIdLayer(requestId),
    accessLog.enabled && createAccessLogLayer(accessLog, { log, recorder, slow }),
    timing.enabled && build("timing", () => createTimingLayer(timing, { log, clock, recorder, slow })),
    errorBoundary.enabled &&
      createErrorBoundaryLayer(errorBoundary, { log, recorder, clock, environment, service, tell }),
    securityHeaders.enabled &&
      build("securityHeaders", () => createSecurityHeadersLayer(securityHeaders, { recorder, clock })),
    isCorsNeeded(cors) && build("cors", () => createCorsLayer(cors)),
    rateLimit.enabled &&
      build("rateLimit", () => createRateLimitLayer(rateLimit, { clock, notice, redis, owner: log })),
    cache.enabled &&
      build("cache", () =>
        createCacheLayer(cache, {
          store: openResponseStore(cache, clock, redis, notice, purges?.shared),
          clock,
          ownNames: [requestId.header, errorBoundary.header],
          isCompressed: compression.enabled,
          purges,
          ...cacheOfRoute,
        }),
      ),
    compression.enabled && build("compression", () => createCompressionLayer(compression)),
    customMetrics.enabled && createCustomMetricsLayer(customMetrics),
    anomaly.enabled &&
      detection !== undefined &&
      build("anomaly", () =>
        createAnomalyLayer(anomaly, {
          ...detection,
          streams: detection.openStreams(),
          remote: anomaly.remote ? detection.remote : undefined,
          recorder,
          clock,
          notice,
          stream: service ?? "default",
        }),
      ),
    cerberus.enabled && stream !== undefined && createCerberusLayer(cerberus, { ...stream, capture }),
    record.enabled && createRecordLayer(record, recorder),
  ];
  return layers.filter((layer) => layer !== false);
}

function make(_name: string, create: () => Layer): Layer {
  return create();
}
