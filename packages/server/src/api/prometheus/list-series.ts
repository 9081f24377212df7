import type { TelemetryStore } from "../../model/store.ts";
import { planParts } from "../queries/choose-resolution.ts";
import type { Span } from "../queries/resolve-span.ts";
import { HTTP_METRICS, routeLabels } from "./http-metrics.ts";
import { matchesAll, type Labels, type Matcher } from "./match-labels.ts";

/** The busiest routes of the span; the others are found by naming them. */
const MAX_ROUTES = 2_000;

export interface SeriesQuestion {
  job: string;
  projectId: number;
  span: Span;
  now: number;
  /** A series is named by any of these; none: all series. */
  selectors: readonly (readonly Matcher[])[];
}

/** Every series that was counted within the span, one after another. */
export async function listSeries(
  telemetry: Pick<TelemetryStore, "topRoutes">,
  { job, projectId, span, now, selectors }: SeriesQuestion,
): Promise<Iterable<Labels>> {
  const parts = planParts(span, now, true);
  const routes = await telemetry.topRoutes({ projectId, parts, by: "sumUs", limit: MAX_ROUTES });
  return expand(
    routes.map(({ route }) => routeLabels(job, route)),
    selectors,
  );
}

function* expand(rows: readonly Labels[], selectors: readonly (readonly Matcher[])[]): Generator<Labels> {
  for (const { name, parts } of HTTP_METRICS) {
    for (const row of rows) {
      for (const { labels } of parts) {
        const series = { __name__: name, ...row, ...labels };
        if (selectors.length === 0 || selectors.some((matchers) => matchesAll(matchers, series))) yield series;
      }
    }
  }
}
