import type { RequestColumns } from "@gatewatch/protocol";
import { routeErrorKey } from "../model/applied-errors.ts";
import type { DigestTx } from "../model/store.ts";
import type { DigestUnit, ProjectUnit } from "./digest-unit.ts";
import { buildRollups, RouteSeries } from "./route-cells.ts";
import { overflowRoute, type RouteBudget } from "./route-budget.ts";
import type { StageContext } from "./stages.ts";

/** Counts the requests of each project per minute, hour and day, whole and by route. */
export async function rollUpRequests(unit: DigestUnit, tx: DigestTx, { routes }: StageContext): Promise<void> {
  for (const project of unit.projects.values()) {
    if (project.requests === 0) continue;
    const series = countRequests(project, routes);
    for (const [table, deltas] of buildRollups(project.projectId, series)) await tx.addRollups(table, deltas);
    project.routeErrors = series.flatMap(({ key, cells }) =>
      [...cells.values()]
        .filter((cell) => cell.errors + cell.clientErrors > 0)
        .map((cell) => ({ key, minute: cell.time, count: cell.errors + cell.clientErrors })),
    );
  }
}

type FindSeries = (method: string, route: string | null, time: number) => RouteSeries;

function countRequests({ projectId, batches }: ProjectUnit, budget: RouteBudget): RouteSeries[] {
  const known = new Map<string, RouteSeries>();
  const byMethod = new Map<string, Map<string | null, RouteSeries>>();
  const find: FindSeries = (method, route, time) => {
    let byRoute = byMethod.get(method);
    if (!byRoute) byMethod.set(method, (byRoute = new Map()));
    const found = byRoute.get(route);
    if (found) return found;
    let key = routeErrorKey(method, route);
    const admitted = budget.admit(projectId, time, key);
    if (!admitted) key = overflowRoute(method);
    let series = known.get(key);
    if (!series) known.set(key, (series = new RouteSeries(key)));
    if (admitted) byRoute.set(route, series);
    return series;
  };
  for (const { batch } of batches) {
    const columns = batch.columns?.request;
    if (columns) countColumns(columns, batch.dict ?? [], find);
  }
  return [...known.values()];
}

/** The one loop that runs for every request: dictionary references stay numbers, so that a row costs no string. */
function countColumns(columns: RequestColumns, dict: readonly string[], find: FindSeries): void {
  const { n, t0, time, durationUs, status, method, route } = columns;
  const stride = dict.length + 1;
  const pairs = new Map<number, RouteSeries>();
  for (let i = 0; i < n; i++) {
    const m = method[i];
    const r = route === undefined ? null : route[i];
    const at = t0 + time[i]!;
    let series: RouteSeries | undefined;
    if (typeof m === "number" && (typeof r === "number" || r == null)) {
      const pair = m * stride + (r == null ? 0 : r + 1);
      series = pairs.get(pair);
      if (series === undefined) {
        series = find(dict[m] ?? "", r == null ? null : (dict[r] ?? null), at);
        pairs.set(pair, series);
      }
    } else {
      const name = typeof r === "number" ? (dict[r] ?? null) : (r ?? null);
      series = find(typeof m === "number" ? (dict[m] ?? "") : (m ?? ""), name, at);
    }
    series.add(at, durationUs[i]!, status[i]!);
  }
}
