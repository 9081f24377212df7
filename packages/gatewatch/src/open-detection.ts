import { createBaselineDetector, createDetectorPool, type DetectableEvent, type DetectorPool } from "@gatewatch/detect";
import type { Redactor } from "@gatewatch/protocol/redact/redactor";
import { type Detection, detectEvents } from "./layers/anomaly/detect-events.ts";
import type { RemoteJudge } from "./layers/anomaly/remote-judge.ts";
import { openRemoteJudge } from "./open-remote-judge.ts";
import type { ResolvedOptions } from "./options/resolve-options.ts";

/** How an app asks whether something of its own is unusual. Neither throws nor rejects. */
export interface EventDetection {
  /** Judges events in process, at once, and learns from them; no anomalies while the stream is calibrating. */
  detect(stream: string, events: DetectableEvent | readonly DetectableEvent[]): Detection;
  /** The server's judgement of one event within `deadlineMs` (`anomaly.deadlineMs` by default); `unavailable`, without anomalies, otherwise. */
  detectRemotely(stream: string, event: DetectableEvent, deadlineMs?: number): Promise<Detection>;
}

export interface OpenDetection extends EventDetection {
  detectors: DetectorPool;
  redactor: Redactor;
  remote: RemoteJudge | undefined;
}

export function openDetection(options: ResolvedOptions, redactor: Redactor): OpenDetection {
  const { threshold, maxStreams, deadlineMs } = options.anomaly;
  const detectors = createDetectorPool(() => createBaselineDetector({ threshold }), maxStreams);
  const remote = options.enabled ? openRemoteJudge(options) : undefined;
  return {
    detectors,
    redactor,
    remote,
    detect: (stream, events) => detectEvents(detectors, stream, events, Date.now()),
    async detectRemotely(stream, event, ms = deadlineMs) {
      return (await remote?.judge(stream, event, ms)) ?? { status: "unavailable", anomalies: [] };
    },
  };
}
