import { type DetectedAnomaly, type DetectMetrics, type DetectResult } from "./detection.ts";
import { isRecord } from "./detect-errors.ts";

/** Whatever came, with the members that callers rely on. Servers have written metrics in two ways: both are read. */
export function readDetectResult(answer: unknown, events: number): DetectResult {
  const given = isRecord(answer) ? answer : {};
  const isCalibrating = given["status"] === "calibrating";
  const found = Array.isArray(given["anomalies"]) && !isCalibrating ? given["anomalies"] : [];
  const anomalies = found.filter(isRecord).map(readAnomaly);
  return {
    success: true,
    detection_ready: !isCalibrating,
    total_events: events,
    ...given,
    status: isCalibrating ? "calibrating" : "ready",
    anomalies,
    anomaly_count: anomalies.length,
  };
}

function readAnomaly(given: Record<string, unknown>): DetectedAnomaly {
  const { index, why } = given;
  return {
    ...given,
    index: typeof index === "number" ? index : 0,
    why: typeof why === "string" ? why : "",
    metrics: isRecord(given["metrics"]) ? readMetrics(given["metrics"]) : {},
  };
}

function readMetrics(given: Record<string, unknown>): DetectMetrics {
  const metrics: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) metrics[toSnakeCase(name)] = value;
  metrics["confidence"] ??= metrics["confidence_level"];
  return metrics;
}

/** `PValue` → `p_value`, `NCD` → `ncd`. */
function toSnakeCase(name: string): string {
  return name
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, "$1_$2")
    .replaceAll(/([a-z\d])([A-Z])/g, "$1_$2")
    .toLowerCase();
}
