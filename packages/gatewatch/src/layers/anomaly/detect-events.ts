import { boundEvent, type DetectableEvent, type Finding, type Verdict } from "@gatewatch/detect";
import type { Redactor } from "@gatewatch/protocol/redact/redactor";
import type { EventStreams } from "./event-streams.ts";

/** One event that stands out. */
export interface EventAnomaly {
  /** Place of the event in the list that was given. */
  index: number;
  /** One sentence. */
  why: string;
  /** The share of events at least this unusual; 1 when only the server has judged. */
  pValue: number;
  /** Rare enough to be refused, whatever level the stream has. */
  block: boolean;
  findings: readonly Finding[];
  event: DetectableEvent;
}

/** The judgement of events; without anomalies while a stream is calibrating, and when there is no judgement. */
export interface Detection {
  status: "calibrating" | "ready" | "unavailable";
  anomalies: readonly EventAnomaly[];
}

/** Judges events in process, and learns from them without their secrets. Never throws: what cannot be judged is no anomaly. */
export function detectEvents(
  { streams, redactor }: { streams: EventStreams; redactor: Redactor },
  stream: string,
  events: DetectableEvent | readonly DetectableEvent[],
  nowMs: number,
): Detection {
  const anomalies: EventAnomaly[] = [];
  let status: Detection["status"] = "ready";
  try {
    const watched = streams.of(stream);
    const list = Array.isArray(events) ? (events as readonly DetectableEvent[]) : [events as DetectableEvent];
    for (let index = 0; index < list.length; index++) {
      const event = list[index];
      if (typeof event !== "object" || event === null) continue;
      const redacted: unknown = redactor.redactValue(boundEvent(event));
      // Something of the event could not be read.
      if (typeof redacted !== "object") return { status: "unavailable", anomalies };
      const verdict = watched.observe(redacted as DetectableEvent, nowMs);
      if (verdict.state === "calibrating") status = "calibrating";
      if (verdict.isAnomaly) anomalies.push(toAnomaly(verdict, event, index));
    }
    return { status, anomalies };
  } catch {
    // An event whose members throw when they are read.
    return { status: "unavailable", anomalies };
  }
}

export function toAnomaly({ pValue, block, findings }: Verdict, event: DetectableEvent, index = 0): EventAnomaly {
  return { index, why: explain(findings), pValue, block: block === true, findings, event };
}

function explain(findings: readonly Finding[]): string {
  return findings.length === 0 ? "an unusual combination" : findings.map(({ message }) => message).join("; ");
}
