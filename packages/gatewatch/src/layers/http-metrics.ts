import type { Exchange, Outcome } from "../gate/exchange.ts";
import type { BoundGauge } from "../gate/instruments.ts";
import type { Layer } from "../gate/layer.ts";
import { passUnseen } from "../gate/pass-unseen.ts";
import { createSlot } from "../gate/slot.ts";
import { answerMetrics, type MetricsServing } from "../metrics/answer-metrics.ts";
import { HttpServerMetrics } from "../metrics/http-server-metrics.ts";
import type { MetricsOptions } from "../options/groups/metrics.ts";

const ACTIVE = createSlot<BoundGauge>("active");

/**
 * Measures every request, and serves what was measured where a path is given. Outermost: what others answer is measured too, and who reads
 * the metrics is neither limited, nor logged, nor recorded.
 */
export function createHttpMetricsLayer({ path, durationBuckets }: MetricsOptions, serving: MetricsServing): Layer {
  const { registry } = serving;
  const measures = new HttpServerMetrics(registry, durationBuckets, registry.maxSeries);
  const layer: Layer = {
    name: "metrics",
    onRequest(x: Exchange) {
      ACTIVE.set(x, measures.begin(x));
    },
    onFinish(x: Exchange, outcome: Outcome) {
      const active = ACTIVE.get(x);
      if (active !== undefined) active.add(-1);
      measures.finish(x, outcome, registry.keepsTraces);
    },
    stats: () => ({ ...registry.counts() }),
  };
  if (path === null) return layer;
  const { onRequest } = layer;
  layer.onRequest = (x) => {
    if (x.path !== path) return onRequest?.(x);
    const reply = answerMetrics(x, serving);
    // Strangers at the door are seen as any other request.
    if (reply.status === 200) passUnseen(x);
    return reply;
  };
  return layer;
}
