import type { Clock } from "../gate/clock.ts";
import type { Exchange } from "../gate/exchange.ts";
import type { Layer } from "../gate/layer.ts";
import type { LocalLog } from "./log/local-log.ts";

export interface TimingOptions {
  /** Requests that take longer are warned about; 0 never. */
  slowMs: number;
  /** Whether answers carry `X-Processing-Time: 0.123s`. */
  processingTimeHeader: boolean;
  /** Whether answers carry `Server-Timing: app;dur=123.4`. */
  serverTimingHeader: boolean;
}

/** Warnings about slow requests per second; beyond it they are counted in the next one. */
const MAX_WARNINGS_PER_SECOND = 5;

/** Times exchanges by the monotonic clock: two opt-in headers (until the head is sent), and a warning about slow requests. */
export function createTimingLayer(options: TimingOptions, log: LocalLog, clock: Clock): Layer {
  const { slowMs, processingTimeHeader, serverTimingHeader } = options;
  const layer: Layer = { name: "timing" };
  if (processingTimeHeader || serverTimingHeader) {
    const starts = new WeakMap<Exchange, number>();
    layer.onRequest = (x) => void starts.set(x, clock.monotonicMs());
    layer.onHead = (x, head) => {
      const elapsedMs = clock.monotonicMs() - (starts.get(x) ?? Number.NaN);
      if (Number.isNaN(elapsedMs)) return;
      if (processingTimeHeader) head.set("X-Processing-Time", `${(elapsedMs / 1000).toFixed(3)}s`);
      if (serverTimingHeader) head.append("Server-Timing", `app;dur=${elapsedMs.toFixed(1)}`);
    };
  }
  if (slowMs > 0) {
    let windowMs = Number.NEGATIVE_INFINITY;
    let said = 0;
    let suppressed = 0;
    layer.onFinish = (x, outcome) => {
      if (outcome.durationMs < slowMs) return;
      const nowMs = clock.monotonicMs();
      if (nowMs - windowMs >= 1000) {
        windowMs = nowMs;
        said = 0;
      }
      if (said >= MAX_WARNINGS_PER_SECOND) {
        suppressed++;
        return;
      }
      said++;
      log.writeSlow(x, outcome, slowMs, suppressed);
      suppressed = 0;
    };
  }
  return layer;
}
