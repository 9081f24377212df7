import type { SeriesAnswer } from "@gatewatch/protocol";
import { BandChart, type Band } from "../../components/band-chart.tsx";
import { formatCount, formatDuration, formatShare } from "../../lib/format.ts";

const HEIGHT = 208;

/** Traffic, errors and time taken, over one axis of time. */
export function TrafficChart({ series }: { series: SeriesAnswer }) {
  const requests = series.requests.reduce((sum, value) => sum + value, 0);
  const errors = series.errors.reduce((sum, value) => sum + value, 0);
  const worst = Math.max(0, ...series.p95.map((value) => value ?? 0));
  const latest = series.p95.findLast((value) => value !== null) ?? null;
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
      summary: latest === null ? "–" : formatDuration(latest),
      weight: 1,
    },
  ];
  const rate = requests > 0 ? ` (${formatShare(errors / requests)})` : "";
  return (
    <BandChart
      title="Traffic, errors and time taken"
      sentence={`${formatCount(requests)} requests, ${formatCount(errors)} server errors${rate}; p95 now ${latest === null ? "unknown" : formatDuration(latest)}, at most ${formatDuration(worst)}.`}
      time={series.time}
      stepMs={series.stepMs}
      bands={bands}
      height={HEIGHT}
      partial={(series.time.at(-1) ?? 0) + series.stepMs > series.to}
    />
  );
}
