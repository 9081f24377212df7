import type { AnomalyRow, SeriesAnswer } from "@gatewatch/protocol";
import { BandChart, type Band } from "../../components/band-chart.tsx";
import { formatCount, formatDuration, formatPlural, formatShare } from "../../lib/format.ts";

const HEIGHT = 208;

/** Traffic, errors and time taken, over one axis of time; `p95` is that of the whole span, `anomalies` those that were told. */
export function TrafficChart(props: { series: SeriesAnswer; p95: number | null; anomalies?: AnomalyRow[] }) {
  const { series, p95, anomalies = [] } = props;
  const requests = series.requests.reduce((sum, value) => sum + value, 0);
  const errors = series.errors.reduce((sum, value) => sum + value, 0);
  const worst = Math.max(0, ...series.p95.map((value) => value ?? 0));
  const bands: Band[] = [
    {
      name: "Requests",
      kind: "area",
      color: "var(--color-accent)",
      values: series.requests,
      format: formatCount,
      summary: formatCount(requests),
      weight: 1,
    },
    {
      name: "Server errors",
      kind: "bars",
      color: "var(--color-bad)",
      values: series.errors,
      format: formatCount,
      summary: formatCount(errors),
      weight: 0.8,
    },
    {
      name: "p95",
      kind: "line",
      color: "var(--color-warn)",
      values: series.p95,
      high: series.p99,
      format: formatDuration,
      summary: p95 === null ? "–" : formatDuration(p95),
      peakName: "p99 max",
      weight: 1,
    },
  ];
  const rate = requests > 0 ? ` (${formatShare(errors / requests)})` : "";
  return (
    <BandChart
      title="Traffic, errors and time taken"
      sentence={`${formatPlural(requests, "request")}, ${formatPlural(errors, "server error")}${rate}; p95 ${p95 === null ? "unknown" : formatDuration(p95)}, at most ${formatDuration(worst)}.`}
      time={series.time}
      stepMs={series.stepMs}
      bands={bands}
      height={HEIGHT}
      marks={anomalies.map((anomaly) => ({
        key: String(anomaly.id),
        from: anomaly.startedAt,
        to: anomaly.endedAt ?? series.to,
        name: anomaly.why,
      }))}
      partial={(series.time.at(-1) ?? 0) + series.stepMs > series.to}
    />
  );
}
