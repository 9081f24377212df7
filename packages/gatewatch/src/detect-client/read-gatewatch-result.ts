import type { DetectedAnomaly, DetectEvent, DetectResult } from "./detection.ts";
import { isRecord } from "./detect-errors.ts";

/** The answer of a Gatewatch server, in the members that callers rely on; `event` is what was sent. */
export function readGatewatchResult(answer: unknown, events: readonly DetectEvent[]): DetectResult {
  const given = isRecord(answer) ? answer : {};
  const isReady = given["status"] === "ready";
  const found = isReady && Array.isArray(given["anomalies"]) ? given["anomalies"] : [];
  const anomalies = found.filter(isRecord).map((anomaly) => readAnomaly(anomaly, events));
  return {
    success: true,
    status: isReady ? "ready" : "calibrating",
    detection_ready: isReady,
    total_events: events.length,
    anomaly_count: anomalies.length,
    anomalies,
  };
}

function readAnomaly(given: Record<string, unknown>, events: readonly DetectEvent[]): DetectedAnomaly {
  const { index, why, pValue, block } = given;
  const at = typeof index === "number" ? index : -1;
  return {
    index: at,
    why: typeof why === "string" ? why : "",
    metrics: typeof pValue === "number" ? { p_value: pValue } : {},
    block: block === true,
    findings: Array.isArray(given["findings"]) ? given["findings"].filter(isRecord).map(readFinding) : [],
    event: events[at],
  };
}

function readFinding(given: Record<string, unknown>): NonNullable<DetectedAnomaly["findings"]>[number] {
  const text = (name: string): string => (typeof given[name] === "string" ? given[name] : "");
  const { surprise } = given;
  return {
    field: text("field"),
    message: text("message"),
    expected: text("expected"),
    seen: text("seen"),
    ...(typeof surprise === "number" ? { surprise } : {}),
  };
}
