import type { SeriesVerdict } from "@gatewatch/detect";
import type { Measure } from "@gatewatch/protocol";

/** One sentence about a point that stands out. */
export function describePoint(measure: Measure, value: number, expected: SeriesVerdict["expected"]): string {
  const seen = formatValue(measure, value);
  const lead = { requests: `${seen} requests in a minute`, errorRate: `${seen} of the answers failed` };
  const sentence = measure === "requests" || measure === "errorRate" ? lead[measure] : `${measure} is ${seen}`;
  if (expected === null) return `${sentence}.`;
  return `${sentence}; ${formatValue(measure, expected.low)} to ${formatValue(measure, expected.high)} is usual now.`;
}

function formatValue(measure: Measure, value: number): string {
  if (measure === "errorRate") return `${trim(value * 100)} %`;
  return measure === "requests" ? trim(value) : `${trim(value)} ms`;
}

/** Three digits, and no more than the value has. */
function trim(value: number): string {
  if (!Number.isFinite(value)) return "unknown";
  return Math.abs(value) >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
