import type { ErrorEvent, LogEvent, MetricEvent } from "@gatewatch/protocol";
import { describe, expect, it } from "vitest";
import type { DecodedBatch } from "../../model/decoder.ts";
import { FAKE_NOW } from "../fake-intake.ts";
import { createOtlpDecoders, otlpDecoderName, type Signal } from "./create-otlp-decoders.ts";
import {
  makeException,
  makeLogs,
  makeMetrics,
  makeSpan,
  makeTraces,
  nanos,
  SPAN_ID,
  STACK,
  TRACE_ID,
  writeRequest,
  type LogRecord,
  type Metric,
  type Span,
} from "./testing/requests.ts";

const KEY = new TextEncoder().encode("key");
const decoders = createOtlpDecoders();

function decode(signal: Signal, request: object, addressKey: Uint8Array | null = KEY): DecodedBatch {
  const context = { projectId: 1, receivedAt: FAKE_NOW, addressKey };
  return decoders[otlpDecoderName(signal, "protobuf")]!.decode(writeRequest(signal, "protobuf", request), context);
}

/** The request columns as rows of what is there. */
function rowsOf({ batch }: DecodedBatch): Record<string, unknown>[] {
  const { dict = [], columns } = batch;
  const { n = 0, t0 = 0, ...rest } = columns?.request ?? {};
  return Array.from({ length: n }, (_, row) => {
    const cells = Object.entries(rest).map(([name, column]) => {
      const cell = (column as (number | string | null)[])[row];
      const isText = !["time", "durationUs", "status", "requestBytes", "responseBytes", "aborted"].includes(name);
      if (name === "time") return [name, (cell as number) + t0];
      return [name, isText && typeof cell === "number" ? dict[cell] : cell];
    });
    return Object.fromEntries(cells.filter(([, value]) => value !== null)) as Record<string, unknown>;
  });
}

const errorsOf = ({ batch }: DecodedBatch): ErrorEvent[] => (batch.events ?? []) as ErrorEvent[];
const requestsOf = (...spans: Span[]) => rowsOf(decode("traces", makeTraces(spans)));

describe("server spans of HTTP", () => {
  it("become requests, by the stable conventions", () => {
    const attributes = {
      "http.request.method": "POST",
      "url.path": "/users/7",
      "url.query": "token=secret",
      "url.scheme": "https",
      "http.route": "/users/:id",
      "http.response.status_code": 201,
      "http.request.body.size": 12,
      "http.response.body.size": 34,
      "client.address": "203.0.113.7",
      "user_agent.original": "UA/1",
      "enduser.id": "ann",
      "server.address": "shop.example",
      "server.port": 443,
      "shop.tenant": "blue",
      "network.protocol.version": "1.1",
    };
    expect(requestsOf(makeSpan({ name: "POST /users/:id", attributes }))).toEqual([
      {
        time: FAKE_NOW,
        durationUs: 12_500,
        method: "POST",
        path: "/users/7",
        route: "/users/:id",
        status: 201,
        requestBytes: 12,
        responseBytes: 34,
        traceId: TRACE_ID,
        spanId: SPAN_ID,
        client: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        userAgent: "UA/1",
        userId: "ann",
        host: "shop.example",
        scheme: "https",
        attributes: '{"shop.tenant":"blue"}',
      },
    ]);
  });

  it("become requests, by the conventions before them", () => {
    const attributes = {
      "http.method": "GET",
      "http.target": "/a/b?c=d",
      "http.status_code": 404,
      "http.user_agent": "UA/1",
      "http.host": "shop.example:80",
      "http.scheme": "http",
      "http.client_ip": "203.0.113.7",
      "http.response_content_length": "99",
      "net.peer.port": 1234,
    };
    expect(requestsOf(makeSpan({ name: "GET", attributes }))).toEqual([
      {
        time: FAKE_NOW,
        durationUs: 12_500,
        method: "GET",
        path: "/a/b",
        status: 404,
        responseBytes: 99,
        traceId: TRACE_ID,
        spanId: SPAN_ID,
        client: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        userAgent: "UA/1",
        host: "shop.example:80",
        scheme: "http",
      },
    ]);
  });

  it.each<[string, Partial<Span>, Record<string, unknown>]>([
    [
      "a route of the span's name",
      { name: "GET /a/{id}", attributes: { "http.method": "GET" } },
      { route: "/a/{id}", path: "/" },
    ],
    [
      "a whole address",
      { attributes: { "http.method": "GET", "http.url": "https://x.example/a/b?c" } },
      { path: "/a/b" },
    ],
    [
      "another method",
      { attributes: { "http.request.method": "_OTHER", "http.request.method_original": "PURGE" } },
      { method: "PURGE" },
    ],
    ["no method at all", { attributes: { "http.request.method": "G T" } }, { method: "OTHER" }],
    ["a failure without an answer", { attributes: { "http.method": "GET" }, status: { code: 2 } }, { status: 500 }],
    ["neither", { attributes: { "http.method": "GET", "http.status_code": 9 } }, { status: 0 }],
    ["an end before its start", { endTimeUnixNano: 1 }, { durationUs: 0 }],
    ["an end after a year", { endTimeUnixNano: nanos(FAKE_NOW * 2) }, { durationUs: 604_800_000_000 }],
  ])("are read with %s", (_name, span, expected) => {
    expect(requestsOf(makeSpan(span))).toMatchObject([expected]);
  });

  it("lose ids that are none, and addresses where no key pseudonymises them", () => {
    const span = makeSpan({
      traceId: "0".repeat(32),
      spanId: "ab",
      attributes: { "http.method": "GET", "client.address": "203.0.113.7" },
    });
    const [row] = rowsOf(decode("traces", makeTraces([span]), null));
    expect(Object.keys(row!)).not.toContain("traceId");
    expect(Object.keys(row!)).not.toContain("spanId");
    expect(Object.keys(row!)).not.toContain("client");
  });

  it("are the only spans that are kept; the others are counted", () => {
    const spans = [
      makeSpan(),
      makeSpan({ kind: 3 }),
      makeSpan({ kind: 1 }),
      makeSpan({ attributes: { "rpc.system": "grpc" } }),
    ];
    expect(decode("traces", makeTraces(spans))).toMatchObject({ accepted: 1, rejected: [], leftOut: 3 });
  });

  it("are refused by name when they are too old", () => {
    const old = makeSpan({}, FAKE_NOW - 60 * 86_400_000);
    expect(decode("traces", makeTraces([makeSpan(), old]))).toMatchObject({
      accepted: 1,
      rejected: [{ index: 1, code: "too_old" }],
    });
  });
});

describe("recorded exceptions", () => {
  const failing = makeSpan({
    attributes: {
      "http.request.method": "GET",
      "url.path": "/cart",
      "url.query": "a=1&a=2&token=verysecretvalue",
      "http.route": "/cart",
      "http.response.status_code": 500,
      "http.request.header.accept": ["*/*"],
      "http.request.header.authorization": ["Bearer abc"],
      "enduser.id": "ann",
    },
    events: [makeException({ "shop.cart": 7 }), { name: "retry" }],
    status: { code: 2 },
  });

  it("become errors with their frames, their request and their user", () => {
    const decoded = decode("traces", makeTraces([failing]));
    const [error] = errorsOf(decoded);
    expect(error).toEqual({
      type: "error",
      time: FAKE_NOW,
      traceId: TRACE_ID,
      spanId: SPAN_ID,
      id: `${decoded.batch.batch}.0`,
      level: "error",
      handled: false,
      mechanism: "foreign",
      exceptions: [
        {
          type: "TypeError",
          message: "boom",
          frames: [
            { file: "/srv/shop/price.js", function: "readTaxRate", line: 42, column: 17, inApp: true },
            { file: "/srv/shop/node_modules/express/index.js", line: 3, column: 5, inApp: false },
          ],
        },
      ],
      request: {
        method: "GET",
        url: "/cart?a=1&a=2&token=[REDACTED]",
        route: "/cart",
        headers: { accept: ["*/*"], authorization: ["[REDACTED]"] },
        query: { a: ["1", "2"], token: ["[REDACTED]"] },
        status: 500,
      },
      user: { authenticated: true, id: "ann", username: null },
      attributes: { "shop.cart": 7 },
      custom: { "span.name": "GET /products/:id" },
    });
    expect(rowsOf(decoded)).toMatchObject([{ errorId: error!.id, status: 500 }]);
    expect(decoded.batch.resource).toEqual({
      service: "shop",
      release: "1.4.2",
      environment: "production",
      host: "web-1",
      runtime: "nodejs 24.21.0",
      pid: 4711,
      sdk: { name: "opentelemetry", version: "3.1.0" },
    });
  });

  it("are told of once, however many spans they pass through", () => {
    const child = makeSpan({ kind: 1, spanId: "00f067aa0ba902b7", attributes: {}, events: [makeException()] });
    const decoded = decode("traces", makeTraces([child, failing, makeSpan({ ...failing, traceId: "1".repeat(32) })]));
    expect(errorsOf(decoded)).toHaveLength(2);
    expect(errorsOf(decoded)[0]).toMatchObject({
      spanId: "00f067aa0ba902b7",
      handled: false,
      request: { url: /cart/ as never },
    });
    expect(rowsOf(decoded).map(({ errorId }) => errorId)).toEqual(errorsOf(decoded).map(({ id }) => id));
    expect(decoded).toMatchObject({ accepted: 4, leftOut: 0 });
  });

  it("are handled where the span went on", () => {
    const events = [makeException()];
    const [handled] = errorsOf(decode("traces", makeTraces([makeSpan({ kind: 1, events })])));
    const [escaped] = errorsOf(
      decode("traces", makeTraces([makeSpan({ kind: 1, events: [makeException({ "exception.escaped": true })] })])),
    );
    expect([handled!.handled, escaped!.handled]).toEqual([true, false]);
  });

  const JAVA =
    "java.lang.IllegalStateException: closed\n\tat com.shop.Till.open(Till.java:12)\n\tat com.shop.Main.main(Main.java:3)";
  const PYTHON = `Traceback (most recent call last):
  File "/srv/shop/db.py", line 7, in connect
    raise OSError("refused")
OSError: refused

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/srv/shop/cart.py", line 42, in total
    connect()
django.db.utils.OperationalError: no database
`;

  it.each<[string, string | undefined, object, unknown]>([
    [
      "Python's tracebacks, causes and all",
      "python",
      {
        "exception.type": "django.db.utils.OperationalError",
        "exception.message": "no database",
        "exception.stacktrace": PYTHON,
      },
      [
        {
          type: "OperationalError",
          module: "django.db.utils",
          message: "no database",
          frames: [{ file: "/srv/shop/cart.py", function: "total", line: 42 }],
        },
        { type: "OSError", message: "refused", frames: [{ file: "/srv/shop/db.py" }], parent: 0, relation: "cause" },
      ],
    ],
    [
      "Python's without a language",
      undefined,
      { "exception.type": "ValueError", "exception.stacktrace": PYTHON },
      [{ type: "ValueError", message: "no database" }, { type: "OSError" }],
    ],
    [
      "Java's as text",
      "java",
      {
        "exception.type": "java.lang.IllegalStateException",
        "exception.message": "closed",
        "exception.stacktrace": JAVA,
      },
      [{ type: "IllegalStateException", module: "java.lang", message: "closed", frames: [], rawStack: JAVA }],
    ],
    [
      "Java's without a language",
      undefined,
      { "exception.type": "IllegalStateException", "exception.stacktrace": JAVA },
      [{ type: "IllegalStateException", message: "", frames: [], rawStack: JAVA }],
    ],
    [
      "a code in the place of a type",
      "nodejs",
      {
        "exception.type": "ECONNREFUSED",
        "exception.message": "connect",
        "exception.stacktrace": "Error: connect\n    at f (/srv/a.js:1:2)",
      },
      [{ type: "Error", code: "ECONNREFUSED", message: "connect" }],
    ],
    ["no stack", "nodejs", { "exception.message": "lost" }, [{ type: "Error", message: "lost", frames: [] }]],
    ["a stack alone", "nodejs", { "exception.stacktrace": STACK }, [{ type: "TypeError", message: "boom" }]],
  ])("are read with %s", (_name, language, attributes, expected) => {
    const resource = { attributes: language === undefined ? {} : { "telemetry.sdk.language": language } };
    const span = makeSpan({
      kind: 1,
      events: [{ name: "exception", timeUnixNano: nanos(FAKE_NOW), attributes: { ...attributes } }],
    });
    const [error] = errorsOf(decode("traces", makeTraces([span], resource)));
    expect(error!.exceptions).toMatchObject(expected as object[]);
  });

  it("survive stacks that are made to cost time", () => {
    for (const stack of [
      "\n".repeat(200_000),
      ` at ${"a".repeat(200_000)}`,
      " ".repeat(200_000),
      "\n at".repeat(50_000),
    ])
      for (const language of [undefined, "python", "nodejs"]) {
        const resource = { attributes: language === undefined ? {} : { "telemetry.sdk.language": language } };
        const span = makeSpan({ events: [makeException({ "exception.stacktrace": stack })] });
        expect(decode("traces", makeTraces([span], resource)).accepted).toBe(2);
      }
  });
});

describe("log records", () => {
  const read = (...records: LogRecord[]) => decode("logs", makeLogs(records));
  const base: LogRecord = { timeUnixNano: nanos(FAKE_NOW), body: "hello" };

  it("become logs of their severity", () => {
    const numbers = [1, 5, 9, 13, 17, 21, 24, 0, 99];
    const levels = read(...numbers.map((severityNumber) => ({ ...base, severityNumber }))).batch.events as LogEvent[];
    expect(levels.map(({ level }) => level)).toEqual([
      "trace",
      "debug",
      "info",
      "warn",
      "error",
      "fatal",
      "fatal",
      "info",
      "info",
    ]);
    const words = ["ERROR", "Warning", "critical", "x"].map((severityText) => ({ ...base, severityText }));
    expect((read(...words).batch.events as LogEvent[]).map(({ level }) => level)).toEqual([
      "error",
      "warn",
      "fatal",
      "info",
    ]);
  });

  it("keep their attributes, their trace, their names, and bodies of any shape", () => {
    const record = {
      ...base,
      body: { order: 7, items: ["a"] },
      attributes: {
        "user.password": "hunter2",
        "http.request.header.cookie": ["sid=1"],
        "client.address": "203.0.113.7",
      },
      traceId: TRACE_ID,
      spanId: SPAN_ID,
      eventName: "order.placed",
    };
    expect(read(record).batch.events).toEqual([
      {
        type: "log",
        time: FAKE_NOW,
        traceId: TRACE_ID,
        spanId: SPAN_ID,
        level: "info",
        message: '{"order":7,"items":["a"]}',
        attributes: {
          "otel.scope.name": "app",
          "event.name": "order.placed",
          "user.password": "[REDACTED]",
          "http.request.header.cookie": ["[REDACTED]"],
          "client.address": expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        },
      },
    ]);
  });

  it("are of when they were observed, else of now", () => {
    const events = read({ body: "a", observedTimeUnixNano: nanos(FAKE_NOW - 5_000) }, { body: "b" }).batch.events!;
    expect(events.map(({ time }) => time)).toEqual([FAKE_NOW - 5_000, FAKE_NOW]);
  });

  it("become errors when they carry an exception and are no mere remark", () => {
    const attributes = {
      "exception.type": "RangeError",
      "exception.message": "locked",
      "exception.stacktrace": STACK,
      shop: 1,
    };
    const [error, fatal, remark, unnamed] = read(
      { ...base, severityNumber: 17, attributes },
      { ...base, severityNumber: 21, attributes },
      { ...base, severityNumber: 9, attributes },
      { ...base, attributes },
    ).batch.events!;
    expect(error).toMatchObject({
      type: "error",
      level: "error",
      handled: true,
      exceptions: [{ type: "RangeError", message: "locked", frames: [{ line: 42 }, { line: 3 }] }],
      custom: { "log.message": "hello" },
      attributes: { "otel.scope.name": "app", shop: 1 },
    });
    expect(fatal).toMatchObject({ type: "error", level: "fatal", handled: false });
    expect(remark).toMatchObject({ type: "log", level: "info", attributes: { "exception.message": "locked" } });
    expect(unnamed).toMatchObject({ type: "error" });
    expect((error as ErrorEvent).id).not.toBe((fatal as ErrorEvent).id);
  });
});

describe("metrics", () => {
  const point = { timeUnixNano: nanos(FAKE_NOW), attributes: { tenant: "blue" } };
  const read = (metric: Metric) => decode("metrics", makeMetrics([{ name: "shop.m", unit: "s", ...metric }]));
  const base = { type: "metric", time: FAKE_NOW, name: "shop.m", unit: "s" };

  it.each<[string, Metric, Partial<MetricEvent>]>([
    [
      "a gauge",
      { gauge: { dataPoints: [{ ...point, asDouble: 1.5 }] } },
      { kind: "gauge", value: 1.5, attributes: { tenant: "blue" } },
    ],
    [
      "steps of a sum",
      { sum: { isMonotonic: true, aggregationTemporality: 1, dataPoints: [{ ...point, asInt: 3 }] } },
      { kind: "counter", value: 3, attributes: { tenant: "blue" } },
    ],
    [
      "a running total",
      { sum: { isMonotonic: true, aggregationTemporality: 2, dataPoints: [{ ...point, asInt: 3 }] } },
      { kind: "gauge", value: 3, attributes: { tenant: "blue", "otel.temporality": "cumulative" } },
    ],
    [
      "a sum that falls",
      { sum: { aggregationTemporality: 1, dataPoints: [{ ...point, asInt: -3 }] } },
      { kind: "gauge", value: -3 },
    ],
    [
      "a histogram",
      {
        histogram: {
          aggregationTemporality: 1,
          dataPoints: [
            { ...point, count: 4, sum: 10, min: 1, max: 5, explicitBounds: [2, 4], bucketCounts: [1, 2, 1] },
          ],
        },
      },
      {
        kind: "histogram",
        value: 2.5,
        attributes: {
          tenant: "blue",
          "otel.count": 4,
          "otel.sum": 10,
          "otel.min": 1,
          "otel.max": 5,
          "otel.bounds": [2, 4],
          "otel.bucket_counts": [1, 2, 1],
        },
      },
    ],
    [
      "an exponential histogram",
      { exponentialHistogram: { aggregationTemporality: 2, dataPoints: [{ ...point, count: 0 }] } },
      {
        kind: "histogram",
        value: 0,
        attributes: { tenant: "blue", "otel.temporality": "cumulative", "otel.count": 0 },
      },
    ],
    [
      "a summary",
      { summary: { dataPoints: [{ ...point, count: 2, sum: 6, quantileValues: [{ quantile: 0.5, value: 2 }] }] } },
      { kind: "histogram", value: 3, attributes: expect.objectContaining({ "otel.quantiles": [[0.5, 2]] }) as never },
    ],
  ])("become events: %s", (_name, metric, expected) => {
    expect(read(metric).batch.events).toMatchObject([{ ...base, ...expected }]);
  });

  it("leave out points without a value, and refuse those without a number or a name", () => {
    const points = [
      { ...point, flags: 1 },
      { ...point, asDouble: Number.NaN },
      { ...point, asDouble: 1 },
    ];
    expect(read({ gauge: { dataPoints: points } })).toMatchObject({
      accepted: 1,
      leftOut: 1,
      rejected: [{ index: 1, code: "invalid_event", message: "value is no finite number; expected one" }],
    });
    expect(decode("metrics", makeMetrics([{ gauge: { dataPoints: [point] } }]))).toMatchObject({
      accepted: 0,
      rejected: [{ index: 0, message: "name is an empty text; expected a text of 1 to 256 characters" }],
    });
  });
});

describe("resources", () => {
  it("become batches of their own, the same ones together", () => {
    const named = (name: string) => ({ attributes: { "service.name": name } });
    const parts = ["a", "b", "a"].flatMap((name) => makeTraces([makeSpan()], named(name)).resourceSpans!);
    const decoded = decode("traces", { resourceSpans: parts });
    expect([decoded, ...decoded.also!].map(({ batch, accepted }) => [batch.resource, accepted])).toEqual([
      [{ service: "a" }, 2],
      [{ service: "b" }, 1],
    ]);
    expect(decoded.also![0]!.batchId).not.toEqual(decoded.batchId);
  });

  it("without a name have none", () => {
    const resource = { attributes: { "service.name": "unknown_service:node", "deployment.environment": "stage" } };
    expect(decode("traces", makeTraces([makeSpan()], resource)).batch.resource).toEqual({ environment: "stage" });
  });

  it("beyond two hundred are refused", () => {
    const parts = Array.from({ length: 201 }, (_, index) =>
      makeLogs([{ body: "x" }], { attributes: { "service.name": `s${index}` } }),
    );
    const decoded = decode("logs", { resourceLogs: parts.flatMap(({ resourceLogs }) => resourceLogs!) });
    expect(decoded.also).toHaveLength(199);
    expect(decoded.rejected).toEqual([
      { index: 200, code: "event_too_large", message: "a request may bring at most 200 different resources" },
    ]);
  });
});

describe("bounds", () => {
  it("a request brings at most ten thousand events", () => {
    const decoded = decode("logs", makeLogs(Array.from({ length: 10_005 }, () => ({ body: "x" }))));
    expect(decoded.accepted).toBe(10_000);
    expect(decoded.rejected).toHaveLength(5);
    expect(decoded.rejected[0]).toMatchObject({ index: 10_000, message: "a request may bring at most 10000 events" });
  });

  it("a record of the journal holds whatever a request of eight megabytes becomes", () => {
    const path = `/${"%20".repeat(1_300)}`;
    const spans = Array.from({ length: 100 }, (_, index) =>
      makeSpan({
        traceId: String(index).padStart(32, "1"),
        attributes: { "http.method": "GET", "url.path": path },
        events: Array.from({ length: 99 }, (_item, at) => ({
          name: "exception",
          attributes: { "exception.message": `m${at}` },
        })),
      }),
    );
    const request = makeTraces(spans);
    expect(writeRequest("traces", "protobuf", request).length).toBeLessThan(2 ** 20);
    const decoded = decode("traces", request);
    expect(decoded.body.length).toBeLessThan(14 * 2 ** 20);
    expect(decoded.rejected.length).toBeGreaterThan(0);
  });

  it("errors of one request repeat neither it nor their span", () => {
    const attributes = { "http.method": "GET", "url.path": "/a", "url.query": "b=c", "shop.tenant": "blue" };
    const events = ["one", "two"].map((message) => makeException({ "exception.message": message }));
    const errors = errorsOf(decode("traces", makeTraces([makeSpan({ attributes, events })])));
    expect(errors.map(({ request, attributes: own }) => [request?.url, own])).toEqual([
      ["/a?b=c", { "shop.tenant": "blue" }],
      ["/a", undefined],
    ]);
  });

  it("events of too many bytes are refused by name", () => {
    const decoded = decode("logs", makeLogs([{ body: "x", attributes: { a: "é".repeat(60_000) } }, { body: "y" }]));
    expect(decoded).toMatchObject({ accepted: 1, rejected: [{ index: 0, code: "event_too_large" }] });
  });

  it("attributes are cut at 128", () => {
    const attributes = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`a${index}`, index]));
    const [event] = decode("logs", makeLogs([{ body: "x", attributes }])).batch.events as LogEvent[];
    expect(Object.keys(event!.attributes!)).toHaveLength(128);
  });
});
