import type { RouteRow } from "@gatewatch/protocol";
import type { RollupCell, RollupTable } from "../../model/rollup.ts";
import { Sketch } from "../../model/sketch.ts";
import type { TelemetryStore } from "../../model/store.ts";
import { quantileMs, toMs } from "./load-series.ts";
import type { Span } from "./resolve-span.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Routes of each part that are looked at; the parts' own orders differ from that of the whole. */
const ROUTES_A_PART = 1000;

interface Part extends Span {
  table: RollupTable;
}

/** Routes of the span by time spent, most first. */
export async function loadRoutes(
  telemetry: Pick<TelemetryStore, "routes">,
  question: { projectId: number; span: Span; now: number; limit: number },
): Promise<RouteRow[]> {
  const parts = planParts(question.span, question.now);
  const limit = parts.length === 1 ? question.limit : ROUTES_A_PART;
  const cells = await Promise.all(
    parts.map(({ table, from, to }) => telemetry.routes(table, question.projectId, from, to, limit)),
  );
  return mergeRoutes(cells.flat(), question.limit).map(toRouteRow);
}

/** Whole hours or days from the coarse table, the ragged ends from the fine one: exact, at a fraction of the cells. */
export function planParts(span: Span, now: number): Part[] {
  const age = now - span.from;
  if (age <= 2 * DAY_MS) return cut(span, ["minute_route", MINUTE_MS], ["hour_route", HOUR_MS]);
  if (age <= 90 * DAY_MS) return cut(span, ["hour_route", HOUR_MS], ["day_route", DAY_MS]);
  return [{ table: "day_route", from: floorTo(span.from, DAY_MS), to: span.to }];
}

function cut(span: Span, fine: [RollupTable, number], coarse: [RollupTable, number]): Part[] {
  const from = floorTo(span.from, fine[1]);
  const first = Math.ceil(from / coarse[1]) * coarse[1];
  const last = floorTo(span.to, coarse[1]);
  // Below three whole cells the cut costs more questions than it saves cells.
  if (last - first < 3 * coarse[1]) return [{ table: fine[0], from, to: span.to }];
  const parts: Part[] = [
    { table: fine[0], from, to: first },
    { table: coarse[0], from: first, to: last },
    { table: fine[0], from: last, to: span.to },
  ];
  return parts.filter((part) => part.to > part.from);
}

function floorTo(time: number, stepMs: number): number {
  return Math.floor(time / stepMs) * stepMs;
}

function mergeRoutes(cells: readonly RollupCell[], limit: number): RollupCell[] {
  const groups = Map.groupBy(cells, (cell) => cell.route);
  const merged = Array.from(groups.values(), (group) => (group.length === 1 ? group[0]! : addUp(group)));
  return merged.sort((a, b) => b.sumUs - a.sumUs).slice(0, limit);
}

function addUp(cells: RollupCell[]): RollupCell {
  const sketch = new Sketch();
  const sum = { ...cells[0]!, count: 0, errors: 0, clientErrors: 0, sumUs: 0, maxUs: 0 };
  for (const cell of cells) {
    sum.count += cell.count;
    sum.errors += cell.errors;
    sum.clientErrors += cell.clientErrors;
    sum.sumUs += cell.sumUs;
    sum.maxUs = Math.max(sum.maxUs, cell.maxUs);
    sketch.mergeBytes(cell.sketch);
  }
  return { ...sum, sketch: sketch.toBytes() };
}

function toRouteRow(cell: RollupCell): RouteRow {
  const name = cell.route ?? "";
  const space = name.indexOf(" ");
  const sketch = Sketch.parse(cell.sketch);
  const quantile = (q: number) => (sketch.count === 0 ? 0 : quantileMs(sketch, q, cell.maxUs));
  return {
    method: space < 0 ? "" : name.slice(0, space),
    route: space < 0 ? name : name.slice(space + 1),
    count: cell.count,
    errors: cell.errors,
    clientErrors: cell.clientErrors,
    p50: quantile(0.5),
    p95: quantile(0.95),
    p99: quantile(0.99),
    max: toMs(cell.maxUs),
    totalMs: toMs(cell.sumUs),
  };
}
