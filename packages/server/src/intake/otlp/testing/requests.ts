import { FAKE_NOW } from "../../fake-intake.ts";
import type { Encoding, Signal } from "../create-otlp-decoders.ts";
import type { Message, MessageTable } from "../message-table.ts";
import { LOGS_REQUEST, METRICS_REQUEST, TRACES_REQUEST } from "../otlp-tables.ts";
import { writeJson, writeWire } from "./write-wire.ts";

/** Test support: requests of a web shop under OpenTelemetry. */

export type TracesRequest = Message<typeof TRACES_REQUEST>;
export type LogsRequest = Message<typeof LOGS_REQUEST>;
export type MetricsRequest = Message<typeof METRICS_REQUEST>;
export type Span = NonNullable<
  NonNullable<NonNullable<TracesRequest["resourceSpans"]>[number]["scopeSpans"]>[number]["spans"]
>[number];
export type LogRecord = NonNullable<
  NonNullable<NonNullable<LogsRequest["resourceLogs"]>[number]["scopeLogs"]>[number]["logRecords"]
>[number];
export type Metric = NonNullable<
  NonNullable<NonNullable<MetricsRequest["resourceMetrics"]>[number]["scopeMetrics"]>[number]["metrics"]
>[number];

const TABLES: Record<Signal, MessageTable> = { traces: TRACES_REQUEST, logs: LOGS_REQUEST, metrics: METRICS_REQUEST };
export const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
export const SPAN_ID = "b7ad6b7169203331";
export const RESOURCE = {
  attributes: {
    "service.name": "shop",
    "service.version": "1.4.2",
    "deployment.environment.name": "production",
    "host.name": "web-1",
    "telemetry.sdk.name": "opentelemetry",
    "telemetry.sdk.language": "nodejs",
    "telemetry.sdk.version": "3.1.0",
    "process.runtime.name": "nodejs",
    "process.runtime.version": "24.21.0",
    "process.pid": 4711,
  },
};
export const STACK = `TypeError: boom
    at readTaxRate (/srv/shop/price.js:42:17)
    at /srv/shop/node_modules/express/index.js:3:5`;

export function writeRequest(signal: Signal, encoding: Encoding, request: object): Buffer {
  const table = TABLES[signal];
  const message = request as Message<MessageTable>;
  return encoding === "json" ? writeJson(message, table) : writeWire(message, table);
}

export const nanos = (ms: number): number => ms * 1e6;

/** A server span of 12.5 ms. */
export function makeSpan(changes: Partial<Span> = {}, timeMs = FAKE_NOW): Span {
  return {
    traceId: TRACE_ID,
    spanId: SPAN_ID,
    name: "GET /products/:id",
    kind: 2,
    startTimeUnixNano: nanos(timeMs),
    endTimeUnixNano: nanos(timeMs + 12) + 500_000,
    attributes: {
      "http.request.method": "GET",
      "url.path": "/products/17",
      "http.route": "/products/:id",
      "http.response.status_code": 200,
    },
    ...changes,
  };
}

export function makeException(attributes = {}, timeMs = FAKE_NOW) {
  return {
    timeUnixNano: nanos(timeMs),
    name: "exception",
    attributes: {
      "exception.type": "TypeError",
      "exception.message": "boom",
      "exception.stacktrace": STACK,
      ...attributes,
    },
  };
}

export function makeTraces(spans: Span[], resource: { attributes?: object } = RESOURCE): TracesRequest {
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "http" }, spans }] }] } as TracesRequest;
}

export function makeLogs(logRecords: LogRecord[], resource: { attributes?: object } = RESOURCE): LogsRequest {
  return { resourceLogs: [{ resource, scopeLogs: [{ scope: { name: "app" }, logRecords }] }] } as LogsRequest;
}

export function makeMetrics(metrics: Metric[]): MetricsRequest {
  return {
    resourceMetrics: [{ resource: RESOURCE, scopeMetrics: [{ scope: { name: "app" }, metrics }] }],
  } as MetricsRequest;
}
