import { formatBound, formatNumber } from "./format-number.ts";
import { escapeHelp, escapeLabel } from "./label-text.ts";
import type { Exemplar, Metric, Series } from "./metric.ts";

/** The label that OpenTelemetry gives to the row of all that is beyond the limit. */
const OVERFLOW_LABEL = 'otel_metric_overflow="true"';

/** All metrics as text: Prometheus's format 0.0.4, or OpenMetrics 1.0. */
export function writeExposition(metrics: readonly Metric[], isOpenMetrics: boolean): string {
  let text = "";
  for (const metric of metrics) text += writeMetric(metric, isOpenMetrics);
  return isOpenMetrics ? `${text}# EOF\n` : text;
}

function writeMetric(metric: Metric, isOpenMetrics: boolean): string {
  const { kind, help, unit, family } = metric;
  // In the older format a counter's family has the name of its lines.
  const name = kind === "counter" && !isOpenMetrics ? `${family}_total` : family;
  let text = "";
  if (isOpenMetrics) {
    text += `# TYPE ${name} ${kind}\n`;
    if (unit !== undefined) text += `# UNIT ${name} ${unit}\n`;
    if (help !== "") text += `# HELP ${name} ${escapeHelp(help, true)}\n`;
  } else {
    if (help !== "") text += `# HELP ${name} ${escapeHelp(help, false)}\n`;
    text += `# TYPE ${name} ${kind}\n`;
  }
  const bounds = new Map<number, string>();
  for (const row of metric.series()) text += writeSeries(metric, row, isOpenMetrics, bounds);
  return text;
}

function writeSeries(metric: Metric, series: Series, isOpenMetrics: boolean, bounds: Map<number, string>): string {
  const labels = (series.labelText ??= writeLabels(metric, series));
  const { family } = metric;
  const beforeBound = `${family}_bucket{${labels}${labels === "" ? "" : ","}`;
  const behindSuffix = labels === "" ? " " : `{${labels}} `;
  let text = "";
  for (const { suffix, bound, value, exemplar } of series.samples()) {
    text +=
      bound === undefined ? family + suffix + behindSuffix : beforeBound + writeBound(bound, isOpenMetrics, bounds);
    text += formatNumber(value) + (isOpenMetrics && exemplar !== undefined ? writeExemplar(exemplar) : "\n");
  }
  return text;
}

function writeBound(bound: number, isOpenMetrics: boolean, known: Map<number, string>): string {
  let text = known.get(bound);
  if (text === undefined) known.set(bound, (text = `le="${formatBound(bound, isOpenMetrics)}"} `));
  return text;
}

/** An empty value is the same as no label, in both formats. */
function writeLabels({ labels }: Metric, { values }: Series): string {
  if (values === undefined) return OVERFLOW_LABEL;
  const parts: string[] = [];
  for (const [index, value] of values.entries()) {
    if (value !== "") parts.push(`${labels[index]}="${escapeLabel(value)}"`);
  }
  return parts.join(",");
}

function writeExemplar({ traceId, spanId, value, timeMs }: Exemplar): string {
  return ` # {trace_id="${escapeLabel(traceId)}",span_id="${escapeLabel(spanId)}"} ${formatNumber(value)} ${formatNumber(timeMs / 1000)}\n`;
}
