import type { IssueRow, OverviewAnswer, SeriesAnswer } from "@gatewatch/protocol";
import type { Store, TelemetryStore } from "../../model/store.ts";
import { floorSpan, planParts } from "./choose-resolution.ts";
import { loadRoutes } from "./load-routes.ts";
import { loadSeriesAndP95, toMsOrNull } from "./load-series.ts";
import type { Span } from "./resolve-span.ts";
import { toIssueRow, TREND_HOURS } from "./to-issue-row.ts";
import { findTrouble, sumFrom, writeVerdict, type Trouble } from "./write-verdict.ts";

const DAY_MS = 86_400_000;
const TOP = 5;
const TREND_POINTS = 60;
const MAX_ANOMALIES = 100;

interface Totals {
  requests: number;
  errors: number;
  p95: number | null;
}

const NOTHING: Totals = { requests: 0, errors: 0, p95: null };

/** Answers "is anything wrong now, and since when", with the cards, the chart and the two short lists below it. */
export async function loadOverview(
  store: Pick<Store, "telemetry" | "issues" | "anomalies">,
  question: { projectId: number; span: Span; now: number },
): Promise<OverviewAnswer> {
  const { projectId, now, span } = question;
  const lengthMs = span.to - span.from;
  const [{ series, p95 }, earlier, yesterday, issues, counts, routes, hasData, told] = await Promise.all([
    loadSeriesAndP95(store.telemetry, { projectId, span, route: null, now }),
    loadTotals(store.telemetry, projectId, { from: span.from - lengthMs, to: span.from }, now),
    lengthMs < DAY_MS
      ? loadTotals(store.telemetry, projectId, { from: span.from - DAY_MS, to: span.to - DAY_MS }, now)
      : NOTHING,
    loadTopIssues(store.issues, projectId, now),
    store.issues.countByState(projectId),
    loadRoutes(store.telemetry, { projectId, span, now, limit: TOP }),
    store.telemetry.hasEvents(projectId),
    store.anomalies.query({ projectId, ...span, told: true, limit: MAX_ANOMALIES }),
  ]);
  const current: Totals = { ...sumFrom(series, series.from), p95 };
  const usual = [earlier, yesterday];
  const trouble = findTrouble(series, usual);
  const worst = trouble === null ? null : await findWorstRoute(store.telemetry, projectId, trouble, series, now);

  return {
    from: span.from,
    to: span.to,
    verdict: writeVerdict(
      { series, usual, openNew: counts.new, openRegressed: counts.regressed, hasData },
      trouble,
      worst,
    ),
    cards: makeCards(
      series,
      current,
      earlier,
      countMinutes(series, earlier, span),
      counts.new + counts.regressed + counts.ongoing,
    ),
    series,
    issues,
    routes,
    anomalies: told.anomalies,
    hasData,
  };
}

async function loadTopIssues(issues: Store["issues"], projectId: number, now: number): Promise<IssueRow[]> {
  const { rows } = await issues.queryRows(
    { projectId, states: ["new", "regressed"], sort: "events", limit: TOP },
    now,
    TREND_HOURS,
  );
  return rows.map(toIssueRow);
}

async function loadTotals(
  telemetry: Pick<TelemetryStore, "series">,
  projectId: number,
  span: Span,
  now: number,
): Promise<Totals> {
  const { from, to } = floorSpan(span, now, false);
  const parts = planParts({ from, to }, now, false);
  const whole = { projectId, route: null, parts, from, stepMs: to - from, buckets: 1 };
  const { count, errors, wholeP95Us } = await telemetry.series(whole);
  return { requests: count[0]!, errors: errors[0]!, p95: toMsOrNull(wholeP95Us) };
}

async function findWorstRoute(
  telemetry: Pick<TelemetryStore, "topRoutes">,
  projectId: number,
  trouble: Trouble,
  series: SeriesAnswer,
  now: number,
): Promise<{ route: string; share: number } | null> {
  const span = { from: trouble.since, to: series.to };
  const [worst] = await loadRoutes(telemetry, { projectId, span, now, limit: 1, by: "errors" });
  const { errors } = sumFrom(series, trouble.since);
  if (!worst || worst.errors === 0 || errors === 0) return null;
  return { route: `${worst.method} ${worst.route}`, share: Math.min(1, worst.errors / errors) };
}

/** Minutes over which the requests of a span came: from the first one on where nothing came before, so that a new app is not thinned out. */
function countMinutes(series: SeriesAnswer, earlier: Totals, span: Span): number {
  const first = earlier.requests > 0 ? -1 : series.requests.findIndex((requests) => requests > 0);
  const from = first < 0 ? span.from : Math.max(span.from, series.time[first]!);
  return Math.max(1, (span.to - from) / 60_000);
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
