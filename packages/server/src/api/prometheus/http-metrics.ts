import type { Labels } from "./match-labels.ts";

/** What the rollups count, under the names of OpenTelemetry's HTTP conventions in Prometheus' spelling. */
export interface HttpMetric {
  name: string;
  /** What of a cell it needs. */
  parts: readonly MetricPart[];
}

/** One series beside the labels of its route. */
export interface MetricPart {
  labels: Labels;
  /** Its increment, of the numbers that `read` takes from a cell. */
  column: Column;
}

/** `le0` … : the cumulative bucket of that index. */
export type Column = "requests" | "other" | "clientErrors" | "serverErrors" | "seconds" | `le${number}`;

/** Readable bounds about a quarter apart; OpenTelemetry's own (0.005 to 10) are among them. */
const STEPS = [1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 7.5];
export const BOUNDS_S: readonly number[] = [0.001, 0.01, 0.1, 1, 10]
  .flatMap((decade) => STEPS.map((step) => Number((decade * step).toPrecision(3))))
  .filter((bound) => bound <= 60);

export const DURATION = "http_server_request_duration_seconds";
export const REQUESTS = "http_requests_total";

export const HTTP_METRICS: readonly HttpMetric[] = [
  {
    name: REQUESTS,
    parts: [
      { labels: { status_class: "other" }, column: "other" },
      { labels: { status_class: "4xx" }, column: "clientErrors" },
      { labels: { status_class: "5xx" }, column: "serverErrors" },
    ],
  },
  {
    name: `${DURATION}_bucket`,
    parts: [
      ...BOUNDS_S.map((bound, index): MetricPart => ({ labels: { le: String(bound) }, column: `le${index}` })),
      { labels: { le: "+Inf" }, column: "requests" },
    ],
  },
  { name: `${DURATION}_count`, parts: [{ labels: {}, column: "requests" }] },
  { name: `${DURATION}_sum`, parts: [{ labels: {}, column: "seconds" }] },
];

/** What `/api/v1/metadata` tells: histograms under the name of the whole. */
export const METADATA: Readonly<Record<string, { type: string; help: string; unit: string }>> = {
  [REQUESTS]: { type: "counter", help: "Answered HTTP requests by class of status.", unit: "" },
  [DURATION]: { type: "histogram", help: "Duration of HTTP server requests.", unit: "seconds" },
};

const NO_ROUTE = "(no route)";

/** Labels of a row of the rollups, `METHOD route`. */
export function routeLabels(job: string, row: string | null): Labels {
  if (row === null) return { job };
  const space = row.indexOf(" ");
  const route = row.slice(space + 1);
  const labels = { http_request_method: row.slice(0, Math.max(0, space)), job };
  return route === NO_ROUTE ? labels : { ...labels, http_route: route };
}

/** Labels by which the rows of the rollups are told apart. */
export const ROUTE_LABELS: readonly string[] = ["http_request_method", "http_route"];
