import type { RouteRow } from "@gatewatch/protocol";
import type { RollupCell } from "../../model/rollup.ts";
import { Sketch } from "../../model/sketch.ts";
import type { TelemetryStore } from "../../model/store.ts";
import { chooseTable } from "./choose-resolution.ts";
import { quantileMs, toMs } from "./load-series.ts";
import type { Span } from "./resolve-span.ts";

/** Routes of the span by time spent, most first. */
export async function loadRoutes(
  telemetry: Pick<TelemetryStore, "routes">,
  question: { projectId: number; span: Span; now: number; limit: number },
): Promise<RouteRow[]> {
  const { table, cellMs } = chooseTable(question.span, question.now, true);
  const from = Math.floor(question.span.from / cellMs) * cellMs;
  const cells = await telemetry.routes(table, question.projectId, from, question.span.to, question.limit);
  return cells.map(toRouteRow);
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
