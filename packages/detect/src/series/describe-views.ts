import type { Finding, SeriesKind } from "../ports.ts";
import type { SeriesModel } from "./series-model.ts";
import { VIEW, VIEWS } from "./views.ts";

const MAX_FINDINGS = 3;
/** Of all points, so many lie outside of what is called usual. */
const UNUSUAL_SHARE = 0.01;
const UNITS: readonly (readonly [string, number])[] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000],
];

/** What is needed to tell people of a point. */
export interface DescribedPoint {
  value: number;
  /** `value` on the model's scale. */
  model: number;
  kind: SeriesKind;
  intervalMs: number;
}

/** The views that flag a point by themselves at `level`, the most surprised first. */
export function describeViews(series: SeriesModel, point: DescribedPoint, level: number): Finding[] {
  const limit = -Math.log10(level);
  const views = Array.from(VIEWS.keys())
    .filter((view) => series.opinions.surprises[view]! + Math.log10(VIEWS[view]!.alarmShare) >= limit)
    .sort((a, b) => series.opinions.surprises[b]! - series.opinions.surprises[a]!)
    .slice(0, MAX_FINDINGS);
  return views.map((view) => describeView(series, point, view));
}

function describeView(series: SeriesModel, point: DescribedPoint, view: number): Finding {
  const { kind, intervalMs } = point;
  const seen = formatValue(point.value, kind);
  const expected = describeUsual(series, point, view);
  const side = series.opinions.distances[view]! < 0 ? "Lower" : "Higher";
  const usual = expected === "" ? "" : `, usual is ${expected}`;
  return {
    field: VIEWS[view]!.name,
    message: `${messageOf(view, side, intervalMs)}: ${seen}${usual}.`,
    expected,
    seen,
    surprise: series.opinions.surprises[view]!,
  };
}

function messageOf(view: number, side: "Lower" | "Higher", intervalMs: number): string {
  switch (view) {
    case VIEW.fast:
      return `${side} than over the last ${formatDuration(50 * intervalMs)}`;
    case VIEW.middle:
      return `${side} than over the last ${formatDuration(200 * intervalMs)}`;
    case VIEW.slow:
      return `${side} than over the last ${formatDuration(2000 * intervalMs)}`;
    case VIEW.day:
      return `${side} than usual at this time of day`;
    case VIEW.week:
      return `${side} than usual at this time of the week`;
    case VIEW.lasting:
      return `${side} than expected for about ${formatDuration(20 * intervalMs)}`;
    case VIEW.shortSpread:
      return `The last ${formatDuration(30 * intervalMs)} vary ${side === "Lower" ? "less" : "more"} than usual`;
    case VIEW.course:
      return `${side} than the points before it led to expect`;
    default:
      return `${side} than chance explains`;
  }
}

/** The range in which 99 of 100 points lie by this view; empty where it knows none. */
function describeUsual(series: SeriesModel, { model, kind }: DescribedPoint, view: number): string {
  const centre = series.opinions.centres[view]!;
  const distance = series.opinions.distances[view]!;
  if (Number.isNaN(centre) || distance === 0) return "";
  if (view === VIEW.law) return `about ${formatValue(series.scale.toValue(centre), kind)}`;
  const reach = ((model - centre) / distance) * series.sketches[view]!.scoreAt(UNUSUAL_SHARE);
  const low = formatValue(series.scale.toValue(centre - reach), kind);
  const high = formatValue(series.scale.toValue(centre + reach), kind);
  return low === high ? low : `${low} to ${high}`;
}

function formatValue(value: number, kind: SeriesKind): string {
  return kind === "ratio" ? `${Number((100 * value).toPrecision(3))} %` : String(Number(value.toPrecision(3)));
}

function formatDuration(ms: number): string {
  const [unit, unitMs] = UNITS.find(([, unitMs]) => ms >= 1.5 * unitMs) ?? UNITS.at(-1)!;
  const count = Math.max(1, Math.round(ms / unitMs));
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
