import type { OverviewAnswer, SeriesAnswer } from "@gatewatch/protocol";
import type { RollupCell } from "../../model/rollup.ts";
import { Sketch } from "../../model/sketch.ts";
import type { Store } from "../../model/store.ts";
import { chooseStepMs, chooseTable } from "./choose-resolution.ts";
import { loadRoutes } from "./load-routes.ts";
import { foldSeries, quantileMs } from "./load-series.ts";
import type { Span } from "./resolve-span.ts";
import { toIssueRows } from "./to-issue-row.ts";
import { findTrouble, sumFrom, writeVerdict, type Trouble } from "./write-verdict.ts";

const DAY_MS = 86_400_000;
const TOP = 5;
const TREND_POINTS = 60;

interface Totals {
  requests: number;
  errors: number;
  p95: number | null;
}

/** Answers "is anything wrong now, and since when", with the cards, the chart and the two short lists below it. */
export async function loadOverview(
  store: Pick<Store, "telemetry" | "issues">,
  question: { projectId: number; span: Span; now: number },
): Promise<OverviewAnswer> {
  const { projectId, now, span } = question;
  const lengthMs = span.to - span.from;
  const { table, cellMs } = chooseTable(span, now, false);
  const stepMs = chooseStepMs(span, cellMs);
  const from = Math.floor(span.from / stepMs) * stepMs;

  const [cells, earlierCells, yesterday, top, counts, routes, hasData] = await Promise.all([
    store.telemetry.rollups(table, projectId, from, span.to),
    loadBefore(store, projectId, { from: span.from - lengthMs, to: span.from }, now),
    lengthMs < DAY_MS
      ? store.telemetry.rollups(table, projectId, span.from - DAY_MS, span.to - DAY_MS)
      : Promise.resolve<RollupCell[]>([]),
    store.issues.query({ projectId, states: ["new", "regressed"], sort: "events", limit: TOP }),
    store.issues.countByState(projectId),
    loadRoutes(store.telemetry, { projectId, span, now, limit: TOP }),
    store.telemetry.hasEvents(projectId),
  ]);
  const { series, p95 } = foldSeries(cells, { from, to: span.to }, stepMs, null);
  const current: Totals = { ...sumFrom(series, series.from), p95 };
  const earlier = total(earlierCells);
  const usual = [earlier, total(yesterday)];
  const trouble = findTrouble(series, usual);
  const worst = trouble === null ? null : await findWorstRoute(store, projectId, trouble, span.to, now);

  return {
    from: span.from,
    to: span.to,
    verdict: writeVerdict(
      { series, usual, openNew: counts.new, openRegressed: counts.regressed, hasData },
      trouble,
      worst,
    ),
    cards: makeCards(series, current, earlier, lengthMs / 60_000, counts.new + counts.regressed + counts.ongoing),
    series,
    issues: await toIssueRows(store.issues, top.issues, now),
    routes,
    hasData,
  };
}

/** What the cards compare with. Beyond two days whole days are exact enough and a thousandth of the cells. */
function loadBefore(
  store: Pick<Store, "telemetry">,
  projectId: number,
  before: Span,
  now: number,
): Promise<RollupCell[]> {
  const { table } = chooseTable(before, now, false);
  if (table !== "day" && before.to - before.from < 2 * DAY_MS) {
    return store.telemetry.rollups(table, projectId, before.from, before.to);
  }
  const floor = (time: number) => Math.floor(time / DAY_MS) * DAY_MS;
  return store.telemetry.rollups("day", projectId, floor(before.from), floor(before.to));
}

async function findWorstRoute(
  store: Pick<Store, "telemetry">,
  projectId: number,
  trouble: Trouble,
  to: number,
  now: number,
): Promise<{ route: string; share: number } | null> {
  const rows = await loadRoutes(store.telemetry, {
    projectId,
    span: { from: trouble.since, to },
    now,
    limit: 200,
  });
  let errors = 0;
  let worst = rows[0];
  for (const row of rows) {
    errors += row.errors;
    if (worst && row.errors > worst.errors) worst = row;
  }
  return worst && errors > 0 ? { route: `${worst.method} ${worst.route}`, share: worst.errors / errors } : null;
}

function total(cells: readonly RollupCell[]): Totals {
  const sketch = new Sketch();
  let requests = 0;
  let errors = 0;
  let maxUs = 0;
  for (const cell of cells) {
    requests += cell.count;
    errors += cell.errors;
    if (cell.maxUs > maxUs) maxUs = cell.maxUs;
    sketch.mergeBytes(cell.sketch);
  }
  return { requests, errors, p95: sketch.count === 0 ? null : quantileMs(sketch, 0.95, maxUs) };
}

function makeCards(
  series: SeriesAnswer,
  current: Totals,
  earlier: Totals,
  minutes: number,
  open: number,
): OverviewAnswer["cards"] {
  const percent = (totals: { requests: number; errors: number }) =>
    totals.requests === 0 ? null : (totals.errors / totals.requests) * 100;
  return [
    {
      name: "errorRate",
      value: percent(current),
      unit: "%",
      before: percent(earlier),
      trend: thin(
        series.requests.map((requests, at) => (requests === 0 ? null : (series.errors[at]! / requests) * 100)),
      ),
    },
    { name: "p95", value: current.p95, unit: "ms", before: earlier.p95, trend: thin(series.p95) },
    {
      name: "requestsPerMinute",
      value: current.requests / minutes,
      unit: "/min",
      before: earlier.requests === 0 ? null : earlier.requests / minutes,
      trend: thin(series.requests.map((requests) => requests / (series.stepMs / 60_000))),
    },
    { name: "openIssues", value: open, unit: "", before: null, trend: [] },
  ];
}

/** At most 60 points; of each group the greatest stays, so that no spike is hidden. */
function thin(values: readonly (number | null)[]): (number | null)[] {
  const group = Math.ceil(values.length / TREND_POINTS);
  if (group <= 1) return [...values];
  const points: (number | null)[] = [];
  for (let at = 0; at < values.length; at += group) {
    let greatest: number | null = null;
    for (let i = at; i < Math.min(at + group, values.length); i++) {
      const value = values[i]!;
      if (value !== null && (greatest === null || value > greatest)) greatest = value;
    }
    points.push(greatest);
  }
  return points;
}
