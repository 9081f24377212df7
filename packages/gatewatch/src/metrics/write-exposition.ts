import { formatBound, formatNumber } from "./format-number.ts";
import { escapeHelp, escapeLabel } from "./label-text.ts";
import type { Exemplar, Metric, Series } from "./metric.ts";
import { TextBytes } from "./text-bytes.ts";

/** The label that OpenTelemetry gives to the row of all that is beyond the limit. */
const OVERFLOW_LABEL = 'otel_metric_overflow="true"';

/** All metrics as text: Prometheus's format 0.0.4, or OpenMetrics 1.0. */
export function writeExposition(metrics: readonly Metric[], isOpenMetrics: boolean): Uint8Array {
  const text = new TextBytes();
  for (const metric of metrics) {
    text.add(writeHead(metric, isOpenMetrics));
    const bounds = new Map<number, string>();
    // Row by row: as one text millions of characters would be twice as wide for the sake of a few, and copied twice.
    for (const row of metric.series()) text.add(writeSeries(metric, row, isOpenMetrics, bounds));
  }
  if (isOpenMetrics) text.add("# EOF\n");
  return text.take();
}

function writeHead({ kind, help, unit, family }: Metric, isOpenMetrics: boolean): string {
  // In the older format a counter's family has the name of its lines.
  const name = kind === "counter" && !isOpenMetrics ? `${family}_total` : family;
  const type = `# TYPE ${name} ${kind}\n`;
  const helpLine = help === "" ? "" : `# HELP ${name} ${escapeHelp(help, isOpenMetrics)}\n`;
  if (!isOpenMetrics) return helpLine + type;
  return `${type}${unit === undefined ? "" : `# UNIT ${name} ${unit}\n`}${helpLine}`;
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
