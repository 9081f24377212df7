import type { Attributes, Json, MetricEvent } from "@gatewatch/protocol";
import { IDENTITY_LENGTHS } from "@gatewatch/protocol/schema/field-limits";
import { makeStorable } from "../clean-text.ts";
import { EventProblem, wrongField } from "../event-problem.ts";
import { explainTime, settleTime } from "../event-time.ts";
import type { EventCollector, ItemContext } from "./event-collector.ts";
import type { Message } from "./message-table.ts";
import type { METRIC, METRICS_REQUEST } from "./otlp-tables.ts";

type ResourceMetrics = NonNullable<Message<typeof METRICS_REQUEST>["resourceMetrics"]>[number];
type Metric = Message<typeof METRIC>;

const NANOS_PER_MS = 1e6;
const CUMULATIVE = 2;
/** `DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK` */
const NO_VALUE = 1;

/** What points of every kind have. */
interface Point {
  timeUnixNano?: number;
  attributes?: Attributes;
  flags?: number;
  asDouble?: number;
  asInt?: number;
  count?: number;
  sum?: number;
  min?: number;
  max?: number;
  bucketCounts?: number[];
  explicitBounds?: number[];
  quantileValues?: { quantile?: number; value?: number }[];
}

/** Every data point becomes a metric. */
export function readMetrics(resourceMetrics: ResourceMetrics, collector: EventCollector, context: ItemContext): void {
  for (const { metrics = [] } of resourceMetrics.scopeMetrics ?? []) {
    for (const metric of metrics) {
      const { kind, points, isCumulative } = readShape(metric);
      for (const point of points) {
        if (((point.flags ?? 0) & NO_VALUE) !== 0) collector.leaveOut();
        else collector.finishItem(readPoint(metric, kind, point, isCumulative, collector, context));
      }
    }
  }
}

/** A running total is no step of a counter, but its reading. */
function readShape(metric: Metric): { kind: MetricEvent["kind"]; points: readonly Point[]; isCumulative: boolean } {
  const { gauge, sum, histogram, exponentialHistogram, summary } = metric;
  if (sum !== undefined) {
    const isCumulative = sum.aggregationTemporality === CUMULATIVE;
    const isCounter = sum.isMonotonic === true && !isCumulative;
    return { kind: isCounter ? "counter" : "gauge", points: sum.dataPoints ?? [], isCumulative };
  }
  const distribution = histogram ?? exponentialHistogram;
  if (distribution !== undefined) {
    const isCumulative = distribution.aggregationTemporality === CUMULATIVE;
    return { kind: "histogram", points: distribution.dataPoints ?? [], isCumulative };
  }
  if (summary !== undefined) return { kind: "histogram", points: summary.dataPoints ?? [], isCumulative: true };
  return { kind: "gauge", points: gauge?.dataPoints ?? [], isCumulative: false };
}

function readPoint(
  metric: Metric,
  kind: MetricEvent["kind"],
  point: Point,
  isCumulative: boolean,
  collector: EventCollector,
  { receivedAt, addressKey, clean }: ItemContext,
): EventProblem | undefined {
  const ms = (point.timeUnixNano ?? 0) / NANOS_PER_MS;
  const time = ms === 0 ? receivedAt : settleTime(ms, receivedAt);
  if (Number.isNaN(time)) return explainTime(ms);
  const { name = "", unit } = metric;
  if (name === "" || name.length > IDENTITY_LENGTHS.name)
    return wrongField("name", name, `a text of 1 to ${IDENTITY_LENGTHS.name} characters`);
  const value = kind === "histogram" ? meanOf(point) : (point.asDouble ?? point.asInt ?? 0);
  if (!Number.isFinite(value)) return new EventProblem("invalid_event", "value is no finite number; expected one");
  const event: MetricEvent = { type: "metric", time, name: makeStorable(name), kind, value };
  if (unit !== undefined && unit !== "" && unit.length <= IDENTITY_LENGTHS.unit) event.unit = makeStorable(unit);
  const own = clean.attributes(point.attributes ?? {}, addressKey, () => false);
  const shape = describe(kind, point, isCumulative);
  if (own !== undefined || shape !== undefined) event.attributes = { ...own, ...shape };
  return collector.addEvent(event);
}

/** A histogram's value is its mean; what it is made of stands beside it. */
function meanOf({ count = 0, sum = 0 }: Point): number {
  return count === 0 ? 0 : sum / count;
}

function describe(kind: MetricEvent["kind"], point: Point, isCumulative: boolean): Attributes | undefined {
  const facts: Attributes = isCumulative ? { "otel.temporality": "cumulative" } : {};
  if (kind === "histogram") {
    facts["otel.count"] = point.count ?? 0;
    for (const name of ["sum", "min", "max"] as const) if (isFinite(point[name])) facts[`otel.${name}`] = point[name];
    if (point.explicitBounds !== undefined && point.explicitBounds.length > 0) {
      facts["otel.bounds"] = point.explicitBounds.filter(isFinite);
      facts["otel.bucket_counts"] = point.bucketCounts ?? [];
    }
    if (point.quantileValues !== undefined)
      facts["otel.quantiles"] = point.quantileValues.map(({ quantile = 0, value = 0 }): Json => [quantile, value]);
  }
  return Object.keys(facts).length === 0 ? undefined : facts;
}

function isFinite(value: number | undefined): value is number {
  return Number.isFinite(value);
}
