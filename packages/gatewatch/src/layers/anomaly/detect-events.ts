import type { DetectableEvent, DetectorPool, Finding, Verdict } from "@gatewatch/detect";

/** One event that stands out. */
export interface EventAnomaly {
  /** Place of the event in the list that was given. */
  index: number;
  /** One sentence. */
  why: string;
  /** The share of events at least this unusual; 1 when only the server has judged. */
  pValue: number;
  findings: readonly Finding[];
  event: DetectableEvent;
}

/** The judgement of events; without anomalies while a stream is calibrating, and when there is no judgement. */
export interface Detection {
  status: "calibrating" | "ready" | "unavailable";
  anomalies: readonly EventAnomaly[];
}

const MAX_STREAM = 128;

/** Judges events in process, and learns from them. Never throws: what cannot be judged is no anomaly. */
export function detectEvents(
  detectors: DetectorPool,
  stream: string,
  events: DetectableEvent | readonly DetectableEvent[],
  nowMs: number,
): Detection {
  const anomalies: EventAnomaly[] = [];
  let status: Detection["status"] = "ready";
  try {
    const detector = detectors.of(String(stream).slice(0, MAX_STREAM));
    const list = Array.isArray(events) ? (events as readonly DetectableEvent[]) : [events as DetectableEvent];
    for (const [index, event] of list.entries()) {
      if (typeof event !== "object" || event === null) continue;
      const verdict = detector.judge(event, nowMs);
      detector.learn(event, nowMs);
      if (verdict.state === "calibrating") status = "calibrating";
      if (verdict.isAnomaly) anomalies.push(toAnomaly(index, event, verdict));
    }
    return { status, anomalies };
  } catch {
    // An event whose members throw when they are read.
    return { status: "unavailable", anomalies };
  }
}

function toAnomaly(index: number, event: DetectableEvent, { pValue, findings }: Verdict): EventAnomaly {
  return { index, why: explain(findings), pValue, findings, event };
}

export function explain(findings: readonly Finding[]): string {
  return findings.length === 0 ? "an unusual combination" : findings.map(({ message }) => message).join("; ");
}
