import type { RouteRow } from "@gatewatch/protocol";
import type { RouteTotals, TopRoutesQuestion } from "../../model/rollup.ts";
import type { TelemetryStore } from "../../model/store.ts";
import { planParts } from "./choose-resolution.ts";
import { toMs } from "./load-series.ts";
import type { Span } from "./resolve-span.ts";

/** Routes of the span by time spent or by server errors, most first. */
export async function loadRoutes(
  telemetry: Pick<TelemetryStore, "topRoutes">,
  request: { projectId: number; span: Span; now: number; limit: number; by?: TopRoutesQuestion["by"] },
): Promise<RouteRow[]> {
  const { projectId, span, now, limit, by = "sumUs" } = request;
  const routes = await telemetry.topRoutes({ projectId, parts: planParts(span, now, true), by, limit });
  return routes.map(toRouteRow);
}

function toRouteRow(totals: RouteTotals): RouteRow {
  const { route: name, count, errors, clientErrors } = totals;
  const space = name.indexOf(" ");
  return {
    method: space < 0 ? "" : name.slice(0, space),
    route: space < 0 ? name : name.slice(space + 1),
    count,
    errors,
    clientErrors,
    p50: toMs(totals.p50Us),
    p95: toMs(totals.p95Us),
    p99: toMs(totals.p99Us),
    max: toMs(totals.maxUs),
    totalMs: toMs(totals.sumUs),
  };
}
