import type { SeriesAnswer } from "@gatewatch/protocol";
import type { RollupSeries } from "../../model/rollup.ts";
import type { TelemetryStore } from "../../model/store.ts";
import { chooseDrawing } from "./choose-resolution.ts";
import type { Span } from "./resolve-span.ts";

interface SeriesRequest {
  projectId: number;
  span: Span;
  route: string | null;
  now: number;
  maxBuckets?: number;
}

/** Requests, errors and latencies over a span, in at most 600 buckets that keep their maximum. */
export async function loadSeries(
  telemetry: Pick<TelemetryStore, "series">,
  request: SeriesRequest,
): Promise<SeriesAnswer> {
  return (await loadSeriesAndP95(telemetry, request)).series;
}

/** The same with the 95th percentile of the whole, so that no cell is read twice. */
export async function loadSeriesAndP95(
  telemetry: Pick<TelemetryStore, "series">,
  { projectId, span, route, now, maxBuckets }: SeriesRequest,
): Promise<{ series: SeriesAnswer; p95: number | null }> {
  const { table, stepMs } = chooseDrawing(span, now, route !== null, maxBuckets);
  const from = Math.floor(span.from / stepMs) * stepMs;
  const buckets = Math.max(1, Math.ceil((span.to - from) / stepMs));
  const parts = [{ table, from, to: span.to }];
  const folded = await telemetry.series({ projectId, route, parts, from, stepMs, buckets });
  return { series: toSeriesAnswer(folded, { from, to: span.to }, stepMs, route), p95: toMsOrNull(folded.wholeP95Us) };
}

function toSeriesAnswer(folded: RollupSeries, span: Span, stepMs: number, route: string | null): SeriesAnswer {
  return {
    ...span,
    stepMs,
    route,
    time: folded.count.map((_, index) => span.from + index * stepMs),
    requests: folded.count,
    errors: folded.errors,
    clientErrors: folded.clientErrors,
    p50: folded.p50Us.map(toMsOrNull),
    p95: folded.p95Us.map(toMsOrNull),
    p99: folded.p99Us.map(toMsOrNull),
    max: folded.maxUs.map(toMsOrNull),
  };
}

/** Milliseconds with three decimals. */
export function toMs(us: number): number {
  return Math.round(us) / 1000;
}

export function toMsOrNull(us: number | null): number | null {
  return us === null ? null : toMs(us);
}
