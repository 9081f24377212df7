import { createCounter, type Counter } from "./counter.ts";
import { HTTP_METRICS, ROUTE_LABELS, type Column, type HttpMetric, type MetricPart } from "./http-metrics.ts";
import type { Cells, CellsQuestion } from "./load-cells.ts";
import { matchesAll, type Labels, type Matcher } from "./match-labels.ts";
import { tooMuch } from "./query-error.ts";
import type { Selector } from "./query-tree.ts";

export interface Evaluation {
  job: string;
  projectId: number;
  /** Epoch milliseconds of every step. */
  times: readonly number[];
  stepMs: number;
  now: number;
  load(question: CellsQuestion): Promise<Cells>;
}

/** Values that one operand may have: 40 MB. */
const MAX_VALUES = 5_000_000;
const DAY_MS = 86_400_000;
/** So long a series is remembered that is silent, so that its rate is 0 and not unknown. */
const REMEMBERED_MS = 3_600_000;

/** Which labels an aggregation around a selector leaves: where none of a route's own is left, the whole project's cells will do. */
export type KeptLabels = (label: string) => boolean;
export const ALL: KeptLabels = () => true;

export function keptBy(by: boolean, labels: readonly string[]): KeptLabels {
  return (label) => labels.includes(label) === by;
}

/** One series of a metric: its labels and its counter. */
export interface SelectedSeries {
  labels: Labels;
  counter: Counter;
}

/** The counters that a selector names, over all the time that the query needs. */
export async function selectCounters(
  selector: Selector,
  evaluation: Evaluation,
  keep: KeptLabels = ALL,
): Promise<SelectedSeries[]> {
  const { job, projectId, times, stepMs, now, load } = evaluation;
  const { matchers } = selector;
  const metrics = HTTP_METRICS.filter(({ name }) => matchesAll(ofLabel(matchers, "__name__"), { __name__: name }));
  const wanted = metrics.flatMap((metric) => wantedParts(metric, matchers).map((part) => ({ metric, part })));
  if (wanted.length === 0) return [];
  const columns = [...new Set<Column>(wanted.map(({ part }) => part.column))];
  const first = times[0]!;
  const { rangeMs } = selector;
  const from =
    rangeMs === null ? Math.floor(first / DAY_MS) * DAY_MS : Math.min(first - rangeMs, first - REMEMBERED_MS);
  const byRoute = ROUTE_LABELS.some(keep) || matchers.some(({ label }) => ROUTE_LABELS.includes(label));
  const rowMatchers = matchers.filter(({ label }) => label !== "__name__" && !PART_LABELS.has(label));
  const cells = await load({
    job,
    projectId,
    from: Math.max(0, from),
    to: times.at(-1)! + 1,
    now,
    byRoute,
    onlyRoute: byRoute ? findOnlyRoute(matchers) : null,
    columns,
    strides: [rangeMs ?? stepMs, ...(times.length > 1 ? [stepMs] : []), first],
    accept: (labels) => matchesAll(rowMatchers, labels),
  });
  if (cells.rows.length * wanted.length * times.length > MAX_VALUES) throw tooMuch();
  return cells.rows.flatMap(({ labels, columns: numbers }) =>
    wanted.map(({ metric, part }) => ({
      labels: { __name__: metric.name, ...labels, ...part.labels },
      counter: createCounter(numbers.get(part.column)!, cells.from, cells.cellMs, now),
    })),
  );
}

const PART_LABELS: ReadonlySet<string> = new Set(["le", "status_class"]);

function ofLabel(matchers: readonly Matcher[], label: string): Matcher[] {
  return matchers.filter((matcher) => matcher.label === label);
}

/** The parts of a metric whose own labels match. */
function wantedParts({ parts }: HttpMetric, matchers: readonly Matcher[]): MetricPart[] {
  const own = matchers.filter(({ label }) => PART_LABELS.has(label));
  return parts.filter(({ labels }) => matchesAll(own, labels));
}

/** `METHOD route` when both are given. */
function findOnlyRoute(matchers: readonly Matcher[]): string | null {
  const method = ofLabel(matchers, "http_request_method").find(({ only }) => only !== null)?.only;
  const route = ofLabel(matchers, "http_route").find(({ only }) => only !== null)?.only;
  return method && route ? `${method} ${route}` : null;
}
