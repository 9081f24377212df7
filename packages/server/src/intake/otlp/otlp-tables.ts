import { defineMessage } from "./message-table.ts";

/** The messages of OTLP 1.x as far as they are read; names and numbers as in opentelemetry-proto. */

const RESOURCE = defineMessage({ attributes: [1, "attributes"] });
const SCOPE = defineMessage({ name: [1, "text"], version: [2, "text"] });

const SPAN_EVENT = defineMessage({
  timeUnixNano: [1, "fixed64"],
  name: [2, "text"],
  attributes: [3, "attributes"],
});
const STATUS = defineMessage({ message: [2, "text"], code: [3, "count"] });
export const SPAN = defineMessage({
  traceId: [1, "hex"],
  spanId: [2, "hex"],
  name: [5, "text"],
  kind: [6, "count"],
  startTimeUnixNano: [7, "fixed64"],
  endTimeUnixNano: [8, "fixed64"],
  attributes: [9, "attributes"],
  events: [11, [SPAN_EVENT]],
  status: [15, STATUS],
});
const SCOPE_SPANS = defineMessage({ scope: [1, SCOPE], spans: [2, [SPAN]] });
const RESOURCE_SPANS = defineMessage({ resource: [1, RESOURCE], scopeSpans: [2, [SCOPE_SPANS]] });
export const TRACES_REQUEST = defineMessage({ resourceSpans: [1, [RESOURCE_SPANS]] });

export const LOG_RECORD = defineMessage({
  timeUnixNano: [1, "fixed64"],
  severityNumber: [2, "count"],
  severityText: [3, "text"],
  body: [5, "value"],
  attributes: [6, "attributes"],
  traceId: [9, "hex"],
  spanId: [10, "hex"],
  observedTimeUnixNano: [11, "fixed64"],
  eventName: [12, "text"],
});
const SCOPE_LOGS = defineMessage({ scope: [1, SCOPE], logRecords: [2, [LOG_RECORD]] });
const RESOURCE_LOGS = defineMessage({ resource: [1, RESOURCE], scopeLogs: [2, [SCOPE_LOGS]] });
export const LOGS_REQUEST = defineMessage({ resourceLogs: [1, [RESOURCE_LOGS]] });

const NUMBER_POINT = defineMessage({
  startTimeUnixNano: [2, "fixed64"],
  timeUnixNano: [3, "fixed64"],
  asDouble: [4, "double"],
  asInt: [6, "sfixed64"],
  attributes: [7, "attributes"],
  flags: [8, "count"],
});
const HISTOGRAM_POINT = defineMessage({
  startTimeUnixNano: [2, "fixed64"],
  timeUnixNano: [3, "fixed64"],
  count: [4, "fixed64"],
  sum: [5, "double"],
  bucketCounts: [6, ["fixed64"]],
  explicitBounds: [7, ["double"]],
  attributes: [9, "attributes"],
  flags: [10, "count"],
  min: [11, "double"],
  max: [12, "double"],
});
const EXPONENTIAL_POINT = defineMessage({
  attributes: [1, "attributes"],
  startTimeUnixNano: [2, "fixed64"],
  timeUnixNano: [3, "fixed64"],
  count: [4, "fixed64"],
  sum: [5, "double"],
  flags: [10, "count"],
  min: [12, "double"],
  max: [13, "double"],
});
const QUANTILE = defineMessage({ quantile: [1, "double"], value: [2, "double"] });
const SUMMARY_POINT = defineMessage({
  startTimeUnixNano: [2, "fixed64"],
  timeUnixNano: [3, "fixed64"],
  count: [4, "fixed64"],
  sum: [5, "double"],
  quantileValues: [6, [QUANTILE]],
  attributes: [7, "attributes"],
  flags: [8, "count"],
});
const GAUGE = defineMessage({ dataPoints: [1, [NUMBER_POINT]] });
const SUM = defineMessage({
  dataPoints: [1, [NUMBER_POINT]],
  aggregationTemporality: [2, "count"],
  isMonotonic: [3, "flag"],
});
const HISTOGRAM = defineMessage({ dataPoints: [1, [HISTOGRAM_POINT]], aggregationTemporality: [2, "count"] });
const EXPONENTIAL = defineMessage({ dataPoints: [1, [EXPONENTIAL_POINT]], aggregationTemporality: [2, "count"] });
const SUMMARY = defineMessage({ dataPoints: [1, [SUMMARY_POINT]] });
export const METRIC = defineMessage({
  name: [1, "text"],
  unit: [3, "text"],
  gauge: [5, GAUGE],
  sum: [7, SUM],
  histogram: [9, HISTOGRAM],
  exponentialHistogram: [10, EXPONENTIAL],
  summary: [11, SUMMARY],
});
const SCOPE_METRICS = defineMessage({ scope: [1, SCOPE], metrics: [2, [METRIC]] });
const RESOURCE_METRICS = defineMessage({ resource: [1, RESOURCE], scopeMetrics: [2, [SCOPE_METRICS]] });
export const METRICS_REQUEST = defineMessage({ resourceMetrics: [1, [RESOURCE_METRICS]] });
