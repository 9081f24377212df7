import type { SeriesAnswer } from "@gatewatch/protocol";
import type { RollupCell } from "../../model/rollup.ts";
import { Sketch } from "../../model/sketch.ts";
import type { TelemetryStore } from "../../model/store.ts";
import { chooseStepMs, chooseTable } from "./choose-resolution.ts";
import type { Span } from "./resolve-span.ts";

/** Requests, errors and latencies over a span, in at most 600 buckets that keep their maximum. */
export async function loadSeries(
  telemetry: Pick<TelemetryStore, "rollups">,
  question: { projectId: number; span: Span; route: string | null; now: number; maxBuckets?: number },
): Promise<SeriesAnswer> {
  const { table, cellMs } = chooseTable(question.span, question.now, question.route !== null);
  const stepMs = chooseStepMs(question.span, cellMs, question.maxBuckets);
  const from = Math.floor(question.span.from / stepMs) * stepMs;
  const cells = await telemetry.rollups(table, question.projectId, from, question.span.to, question.route ?? undefined);
  return toSeries(cells, { from, to: question.span.to }, stepMs, question.route);
}

/** Sums cells into buckets of `stepMs`; `span.from` must be a multiple of it. */
export function toSeries(cells: readonly RollupCell[], span: Span, stepMs: number, route: string | null): SeriesAnswer {
  return foldSeries(cells, span, stepMs, route).series;
}

/** The same with the 95th percentile of the whole, merged from the buckets so that no cell is read twice. */
export function foldSeries(
  cells: readonly RollupCell[],
  span: Span,
  stepMs: number,
  route: string | null,
): { series: SeriesAnswer; p95: number | null } {
  const length = Math.max(1, Math.ceil((span.to - span.from) / stepMs));
  const numbers = () => Array.from({ length }, () => 0);
  const nothing = () => Array.from<unknown, number | null>({ length }, () => null);
  const answer: SeriesAnswer = {
    from: span.from,
    to: span.to,
    stepMs,
    route,
    time: Array.from({ length }, (_, index) => span.from + index * stepMs),
    requests: numbers(),
    errors: numbers(),
    clientErrors: numbers(),
    p50: nothing(),
    p95: nothing(),
    p99: nothing(),
    max: nothing(),
  };
  const sketches = new Map<number, Sketch>();
  const maxUs = numbers();
  for (const cell of cells) {
    const at = Math.floor((cell.time - span.from) / stepMs);
    if (at < 0 || at >= length) continue;
    answer.requests[at]! += cell.count;
    answer.errors[at]! += cell.errors;
    answer.clientErrors[at]! += cell.clientErrors;
    if (cell.maxUs > maxUs[at]!) maxUs[at] = cell.maxUs;
    let sketch = sketches.get(at);
    if (!sketch) sketches.set(at, (sketch = new Sketch()));
    sketch.mergeBytes(cell.sketch);
  }
  const whole = new Sketch();
  for (const [at, sketch] of sketches) {
    if (sketch.count === 0) continue;
    whole.merge(sketch);
    answer.p50[at] = quantileMs(sketch, 0.5, maxUs[at]!);
    answer.p95[at] = quantileMs(sketch, 0.95, maxUs[at]!);
    answer.p99[at] = quantileMs(sketch, 0.99, maxUs[at]!);
    answer.max[at] = toMs(maxUs[at]!);
  }
  return { series: answer, p95: whole.count === 0 ? null : quantileMs(whole, 0.95, Math.max(...maxUs)) };
}

/** A quantile in milliseconds; never above the true maximum, which the sketch may overshoot by its 1 %. */
export function quantileMs(sketch: Sketch, q: number, maxUs: number): number {
  return toMs(Math.min(sketch.quantile(q), maxUs));
}

export function toMs(us: number): number {
  return Math.round(us) / 1000;
}
