import { ApiError } from "../../model/api-error.ts";
import type { ApiDeps } from "../api-deps.ts";
import { chooseCompressor, measure } from "./compressors.ts";
import { parseDetectOrder } from "./detect-order.ts";
import { describeState, toLine } from "./detect-events.ts";
import type { DriftlockAnswer } from "./driftlock-route.ts";
import { makeMetrics } from "./figures.ts";
import { BASELINE_EVENTS, NCD_MARKS } from "./profiles.ts";

const CALLS_PER_MINUTE = 10;
/** More than the first servers took, since a detector has to see some hundreds before it judges. */
const MAX_EVENTS = 1_000;
const MAX_MEASURED = 20;

interface DemoRequest {
  body: Record<string, unknown>;
  size: number;
  address: string;
}

/** `POST /v1/demo/detect`: without a key, on a server for this machine alone; nothing of it is kept. */
export async function detectForDemo({ body, size, address }: DemoRequest, deps: ApiDeps): Promise<DriftlockAnswer> {
  const { verbs, shared, driftlock } = deps;
  const { watch } = verbs;
  const taken = await shared.takeTokens(`driftlock-demo:${address}`, 1, CALLS_PER_MINUTE, CALLS_PER_MINUTE / 60);
  if (!taken.ok)
    throw new ApiError("rate_limited", "Demo rate limit exceeded. Use a key for more.", {
      retryAfterMs: taken.retryAfterMs,
    });
  const startedAt = performance.now();
  const { events, overrides, profile } = parseDetectOrder(body, size, MAX_EVENTS);
  const level = overrides.p_value_threshold ?? watch.profileLevels[profile ?? "balanced"];
  const batch = await watch.judgeAside(events, level);
  const compressor = chooseCompressor(overrides.compressor, watch);
  const anomalies = batch.anomalies.map(async ({ index, pValue, score, block, why, findings }, at) => {
    const isMeasured = at < MAX_MEASURED;
    const baseline = isMeasured ? batch.events.slice(Math.max(0, index - BASELINE_EVENTS), index).map(toLine) : [];
    const compression = await measure(baseline, isMeasured ? [toLine(batch.events[index]!)] : [], compressor, watch);
    const ncdMark = overrides.ncd_threshold ?? NCD_MARKS[profile ?? "balanced"];
    const metrics = makeMetrics({ pValue, level, why, compression, ncdMark }, driftlock.pascalCase);
    return { index, metrics, event: batch.events[index], why, detected: true, block, score, findings };
  });
  return {
    body: {
      success: true,
      total_events: events.length,
      anomaly_count: anomalies.length,
      processing_time: `${(performance.now() - startedAt).toFixed(1)}ms`,
      compression_algo: compressor.name,
      ...(compressor.fallbackFrom === null ? {} : { fallback_from_algo: compressor.fallbackFrom }),
      anomalies: await Promise.all(anomalies),
      ...describeState(batch),
      significance_level: level,
      decided_by: "p_value",
      demo: {
        message: "A detector that knows only these events has judged them; nothing of them is kept.",
        remaining_calls: Math.floor(taken.left),
        limit_per_minute: CALLS_PER_MINUTE,
        max_events_per_request: MAX_EVENTS,
        signup_url: null,
      },
    },
  };
}
