import type { DetectableEvent } from "@gatewatch/detect";
import type { DetectedAnomaly, DetectResult } from "./detect-client/detection.ts";
import type { EventStream } from "./detect-client/event-stream.ts";
import { type GatewatchDetect, gatewatchDetect } from "./detect-client/gatewatch-detect.ts";
import { catchLater } from "./gate/catch-later.ts";
import type { Detection, EventAnomaly } from "./layers/anomaly/detect-events.ts";
import type { RemoteJudge } from "./layers/anomaly/remote-judge.ts";
import type { ResolvedOptions } from "./options/resolve-options.ts";

const MAX_STREAMS = 100;

/** The server that the options name: one that speaks as Driftlock's where `anomaly.url` or `anomaly.apiKey` is set, and else the Gatewatch server; undefined when there is none. */
export function openRemoteJudge({ anomaly, url, token, delivery }: ResolvedOptions): RemoteJudge | undefined {
  const { onError, apiKey } = anomaly;
  const baseUrl = anomaly.url ?? url;
  if (baseUrl === null) return undefined;
  const isShared = anomaly.url === null && apiKey === null;
  // The token of one server is none of another's business.
  const credential = isShared
    ? { protocol: "gatewatch" as const, apiKey: token ?? "" }
    : { protocol: "driftlock" as const, apiKey: apiKey ?? "" };
  const settings = { baseUrl, timeoutMs: delivery.timeoutMs, ...credential };
  let opened: GatewatchDetect | undefined;
  const streams = new Map<string, EventStream>();
  let lost = 0;
  const listeners = new Map<string, (anomaly: EventAnomaly) => void>();

  /** Opened when it is first asked: most apps ask no server. */
  function openClient(): GatewatchDetect {
    return (opened ??= gatewatchDetect(settings));
  }

  function streamOf(streamId: string): EventStream | undefined {
    const known = streams.get(streamId);
    if (known !== undefined || streams.size >= MAX_STREAMS) return known;
    const stream = openClient().createStream({ streamId, maxQueueEvents: delivery.maxQueueEvents });
    stream.on("anomaly", (found) => listeners.get(streamId)?.(readAnomaly(found)));
    stream.on("error", hear);
    streams.set(streamId, stream);
    return stream;
  }

  function hear(error: unknown): void {
    if (onError !== null) catchLater(onError(error), () => undefined);
  }

  return {
    isShared,
    async judge(stream, event, deadlineMs) {
      try {
        return readDetection(await openClient().detect(stream, [event], { timeoutMs: deadlineMs, maxRetries: 0 }));
      } catch (error) {
        try {
          hear(error);
        } catch {
          // The hook's own failure must not keep the request.
        }
        return { status: "unavailable", anomalies: [] };
      }
    },
    push(stream, event) {
      if (streamOf(stream)?.push(event) !== true) lost++;
    },
    listen(stream, listener) {
      if (!listeners.has(stream)) listeners.set(stream, listener);
    },
    stats() {
      const total = { waiting: 0, sent: 0, dropped: lost };
      for (const stream of streams.values()) {
        const { waiting, sent, dropped } = stream.stats();
        total.waiting += waiting;
        total.sent += sent;
        total.dropped += dropped;
      }
      return total;
    },
    async close() {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, delivery.shutdownMs)));
      await Promise.race([Promise.all([...streams.values()].map((stream) => stream.close())), late]);
      clearTimeout(timer);
    },
  };
}

function readDetection({ status, anomalies }: DetectResult): Detection {
  return { status, anomalies: anomalies.map(readAnomaly) };
}

function readAnomaly({ index, why, metrics, event, block, findings }: DetectedAnomaly): EventAnomaly {
  const pValue = typeof metrics.p_value === "number" ? metrics.p_value : 1;
  const judged = typeof event === "object" && event !== null ? (event as DetectableEvent) : {};
  const said = why === "" ? "the server finds it unusual" : why;
  // Driftlock's servers do not say it: what they list is what they would refuse.
  return { index, why: said, pValue, block: block ?? true, findings: findings ?? [], event: judged };
}
