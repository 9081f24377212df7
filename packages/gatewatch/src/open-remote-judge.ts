import type { DetectableEvent } from "@gatewatch/detect";
import type { DetectedAnomaly, DetectResult } from "./detect-client/detection.ts";
import type { EventStream } from "./detect-client/event-stream.ts";
import { gatewatchDetect } from "./detect-client/gatewatch-detect.ts";
import { catchLater } from "./gate/catch-later.ts";
import type { Detection, EventAnomaly } from "./layers/anomaly/detect-events.ts";
import type { RemoteJudge } from "./layers/anomaly/remote-judge.ts";
import type { ResolvedOptions } from "./options/resolve-options.ts";

const MAX_STREAMS = 100;

/** The detection server that the options name; undefined when there is none. */
export function openRemoteJudge({ anomaly, url, token, delivery }: ResolvedOptions): RemoteJudge | undefined {
  const { onError } = anomaly;
  const baseUrl = anomaly.url ?? url;
  if (baseUrl === null) return undefined;
  // The token of one server is none of another's business.
  const apiKey = anomaly.apiKey ?? (anomaly.url === null ? token : null);
  const client = gatewatchDetect({ baseUrl, timeoutMs: delivery.timeoutMs, ...(apiKey === null ? {} : { apiKey }) });
  const streams = new Map<string, EventStream>();
  let lost = 0;
  const listeners = new Map<string, (anomaly: EventAnomaly) => void>();

  function streamOf(streamId: string): EventStream | undefined {
    const known = streams.get(streamId);
    if (known !== undefined || streams.size >= MAX_STREAMS) return known;
    const stream = client.createStream({ streamId, maxQueue: delivery.maxQueueEvents });
    stream.on("anomaly", (found) => listeners.get(streamId)?.(readAnomaly(found)));
    stream.on("error", hear);
    streams.set(streamId, stream);
    return stream;
  }

  function hear(error: unknown): void {
    if (onError !== null) catchLater(onError(error), () => undefined);
  }

  return {
    async judge(stream, event, deadlineMs) {
      try {
        return readDetection(await client.detect(stream, [event], { timeoutMs: deadlineMs, maxRetries: 0 }));
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

function readAnomaly({ index, why, metrics, event }: DetectedAnomaly): EventAnomaly {
  const pValue = typeof metrics.p_value === "number" ? metrics.p_value : 1;
  const judged = typeof event === "object" && event !== null ? (event as DetectableEvent) : {};
  return { index, why: why === "" ? "the server finds it unusual" : why, pValue, findings: [], event: judged };
}
