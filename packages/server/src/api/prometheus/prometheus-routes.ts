import type { TelemetryStore } from "../../model/store.ts";
import { evaluate } from "./evaluate.ts";
import { checkSamples, formatValue, toInstantData, toRangeData } from "./format-result.ts";
import { METADATA } from "./http-metrics.ts";
import { listSeries } from "./list-series.ts";
import { loadCells } from "./load-cells.ts";
import type { Labels } from "./match-labels.ts";
import { parseQuery, parseSelector } from "./parse-query.ts";
import { parseStep, parseTime } from "./parse-time.ts";
import { badData, badParameter } from "./query-error.ts";
import { typeOf, type Selector } from "./query-tree.ts";
import { RegexBudget } from "./regex-budget.ts";
import { selectCounters, type Evaluation } from "./select-counters.ts";

/** One question: its parameters, of the address and of a form, and whose project it is about. */
export interface PrometheusRequest {
  parameters: URLSearchParams;
  projectId: number;
  /** The project's short name: the label `job` of every series. */
  job: string;
  now: number;
  telemetry: TelemetryStore;
  version: string;
  /** Of the path. */
  label: string;
}

export interface PrometheusAnswer {
  data: unknown;
  warnings?: string[];
}

export interface PrometheusRoute {
  path: string;
  methods: ("GET" | "POST")[];
  answer(request: PrometheusRequest): Promise<PrometheusAnswer> | PrometheusAnswer;
}

const MAX_POINTS = 11_000;
const MAX_SERIES = 10_000;
const MAX_SELECTORS = 20;
const DEFAULT_SPAN_MS = 86_400_000;
const LABEL_NAME = /^[a-zA-Z_]\w*$/;
/** The version of the API whose shapes these are: clients choose by it how they ask. */
const API_VERSION = "2.45.0";

/** The part of Prometheus' HTTP API that data sources ask: https://prometheus.io/docs/prometheus/latest/querying/api/ */
export const PROMETHEUS_ROUTES: readonly PrometheusRoute[] = [
  { path: "/api/v1/query", methods: ["GET", "POST"], answer: answerQuery },
  { path: "/api/v1/query_range", methods: ["GET", "POST"], answer: answerQueryRange },
  { path: "/api/v1/series", methods: ["GET", "POST"], answer: answerSeries },
  { path: "/api/v1/labels", methods: ["GET", "POST"], answer: answerLabels },
  { path: "/api/v1/label/:label/values", methods: ["GET"], answer: answerLabelValues },
  { path: "/api/v1/metadata", methods: ["GET"], answer: answerMetadata },
  { path: "/api/v1/status/buildinfo", methods: ["GET"], answer: answerBuildInfo },
];

async function answerQuery(request: PrometheusRequest): Promise<PrometheusAnswer> {
  const { parameters, now } = request;
  const given = parameters.get("time");
  const time = given === null || given === "" ? now : parseTime("time", given);
  const tree = parseQuery(required(parameters, "query"), new RegexBudget());
  const evaluation = toEvaluation(request, [time], 1);
  // Only a selector has the type of a range vector.
  if (typeOf(tree) === "range vector") return { data: await readSamples(tree as Selector, evaluation, time) };
  return { data: toInstantData(await evaluate(tree, evaluation), time) };
}

/** The readings of a range, at the end of every minute. */
async function readSamples(selector: Selector, evaluation: Evaluation, time: number): Promise<object> {
  const stepMs = Math.max(60_000, Math.ceil(selector.rangeMs! / MAX_POINTS));
  const first = Math.floor((time - selector.rangeMs!) / stepMs) * stepMs + stepMs;
  const times = listTimes(first, Math.max(first, time), stepMs).filter((at) => at <= time);
  if (times.length === 0) return { resultType: "matrix", result: [] };
  const instant: Selector = { ...selector, rangeMs: null };
  const series = await selectCounters(instant, { ...evaluation, times, stepMs });
  checkSamples(series.length, times.length);
  const result = series.map(({ labels, counter }) => ({
    metric: labels,
    values: times.map((at) => [at / 1000, formatValue(counter.readingAt(at))]),
  }));
  return { resultType: "matrix", result };
}

async function answerQueryRange(request: PrometheusRequest): Promise<PrometheusAnswer> {
  const { parameters } = request;
  const start = parseTime("start", required(parameters, "start"));
  const end = parseTime("end", required(parameters, "end"));
  if (end < start) throw badParameter("end", "end timestamp must not be before start time");
  const stepMs = parseStep(required(parameters, "step"));
  if ((end - start) / stepMs > MAX_POINTS)
    throw badData(
      "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
    );
  const tree = parseQuery(required(parameters, "query"), new RegexBudget());
  if (typeOf(tree) === "range vector")
    throw badParameter(
      "query",
      'invalid expression type "range vector" for range query, must be Scalar or instant Vector',
    );
  const times = listTimes(start, end, stepMs);
  return { data: toRangeData(await evaluate(tree, toEvaluation(request, times, stepMs)), times) };
}

async function answerSeries(request: PrometheusRequest): Promise<PrometheusAnswer> {
  if (request.parameters.getAll("match[]").length === 0) throw badData("no match[] parameter provided");
  const limit = readLimit(request.parameters) ?? MAX_SERIES;
  const data: Labels[] = [];
  for (const labels of await find(request)) {
    if (data.length === Math.min(limit, MAX_SERIES)) return { data, warnings: ["results truncated due to limit"] };
    data.push(labels);
  }
  return { data };
}

async function answerLabels(request: PrometheusRequest): Promise<PrometheusAnswer> {
  const names = new Set<string>();
  for (const labels of await find(request)) for (const name of Object.keys(labels)) names.add(name);
  return limited([...names].toSorted(), request.parameters);
}

async function answerLabelValues(request: PrometheusRequest): Promise<PrometheusAnswer> {
  const { label, parameters } = request;
  if (!LABEL_NAME.test(label)) throw badData(`invalid label name: ${JSON.stringify(label.slice(0, 100))}`);
  const values = new Set<string>();
  for (const labels of await find(request)) {
    const value = labels[label];
    if (value !== undefined) values.add(value);
  }
  return limited([...values].toSorted(), parameters);
}

function answerMetadata({ parameters }: PrometheusRequest): PrometheusAnswer {
  const metric = parameters.get("metric");
  const limit = readLimit(parameters) ?? Number.POSITIVE_INFINITY;
  const known = Object.entries(METADATA).filter(([name]) => metric === null || metric === "" || metric === name);
  return { data: Object.fromEntries(known.slice(0, limit).map(([name, entry]) => [name, [entry]])) };
}

function answerBuildInfo({ version }: PrometheusRequest): PrometheusAnswer {
  return {
    data: {
      version: API_VERSION,
      revision: `gatewatch ${version}`,
      branch: "HEAD",
      buildUser: "gatewatch",
      buildDate: "",
      goVersion: "",
    },
  };
}

function toEvaluation(
  { projectId, job, now, telemetry }: PrometheusRequest,
  times: number[],
  stepMs: number,
): Evaluation {
  return { projectId, job, now, times, stepMs, load: (question) => loadCells(telemetry, question) };
}

function find({ parameters, telemetry, projectId, job, now }: PrometheusRequest): Promise<Iterable<Labels>> {
  const given = parameters.getAll("match[]");
  if (given.length > MAX_SELECTORS) throw badData(`at most ${MAX_SELECTORS} match[] parameters are read`);
  const budget = new RegexBudget();
  const selectors = given.map((text) => parseSelector(text, budget));
  const start = parameters.get("start");
  const end = parameters.get("end");
  const to = end === null || end === "" ? now : parseTime("end", end);
  const from = start === null || start === "" ? to - DEFAULT_SPAN_MS : parseTime("start", start);
  if (to < from) throw badParameter("end", "end timestamp must not be before start time");
  return listSeries(telemetry, { projectId, job, now, span: { from, to: to + 1 }, selectors });
}

function listTimes(start: number, end: number, stepMs: number): number[] {
  const count = Math.floor((end - start) / stepMs) + 1;
  return Array.from({ length: count }, (_, step) => start + step * stepMs);
}

function required(parameters: URLSearchParams, name: string): string {
  const value = parameters.get(name);
  if (value !== null && value !== "") return value;
  if (name === "query") throw badParameter("query", "unknown position: parse error: no expression found in input");
  throw badParameter(name, `cannot parse "" to a valid ${name === "step" ? "duration" : "timestamp"}`);
}

/** 0 means no limit. */
function readLimit(parameters: URLSearchParams): number | undefined {
  const given = parameters.get("limit");
  if (given === null || given === "") return undefined;
  if (!/^\d{1,9}$/.test(given)) throw badParameter("limit", `cannot parse ${JSON.stringify(given.slice(0, 60))}`);
  return Number(given) === 0 ? undefined : Number(given);
}

function limited(data: string[], parameters: URLSearchParams): PrometheusAnswer {
  const limit = Math.min(readLimit(parameters) ?? MAX_SERIES, MAX_SERIES);
  return data.length > limit ? { data: data.slice(0, limit), warnings: ["results truncated due to limit"] } : { data };
}
