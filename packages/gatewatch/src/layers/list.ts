import type { Clock } from "../gate/clock.ts";
import type { Layer } from "../gate/layer.ts";
import type { LocalLog } from "./log/local-log.ts";
import type { ConfigValues } from "../options/options.ts";
import type { Recorder } from "../record/recorder.ts";
import type { RedisDriver } from "../state/redis/redis-driver.ts";
import { createAccessLogLayer } from "./access-log.ts";
import { createCompressionLayer } from "./compression/create-compression-layer.ts";
import { createCorsLayer, isCorsNeeded } from "./cors/create-cors-layer.ts";
import { createErrorBoundaryLayer } from "./error-boundary.ts";
import { createRecordLayer } from "./record.ts";
import { createRequestIdLayer } from "./request-id.ts";
import { createSecurityHeadersLayer } from "./security-headers/create-security-headers-layer.ts";
import { createTimingLayer } from "./timing.ts";

/** What the layers work with. */
export interface LayerPorts {
  recorder: Recorder;
  log: LocalLog;
  clock: Clock;
  /** The user's Redis; undefined when none was given. */
  redis?: RedisDriver | undefined;
}

/** The layers of the gate, outermost first: requests pass from top to bottom, heads, errors and ends from bottom to top. */
export function listLayers(options: ConfigValues, { recorder, log, clock }: LayerPorts): Layer[] {
  const { requestId, accessLog, timing, errorBoundary, securityHeaders, cors, compression, record } = options;
  const layers = [
    requestId.enabled && createRequestIdLayer(requestId),
    accessLog.enabled && createAccessLogLayer(accessLog, log, recorder),
    timing.enabled && createTimingLayer(timing, log, clock),
    errorBoundary.enabled && createErrorBoundaryLayer(errorBoundary),
    securityHeaders.enabled && createSecurityHeadersLayer(securityHeaders, { recorder, clock }),
    isCorsNeeded(cors) && createCorsLayer(cors),
    compression.enabled && createCompressionLayer(compression),
    record.enabled && createRecordLayer(record, recorder),
  ];
  return layers.filter((layer) => layer !== false);
}
