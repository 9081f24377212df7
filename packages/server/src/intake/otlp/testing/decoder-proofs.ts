import type { PlantedSecret } from "@gatewatch/protocol/redact/secret-corpus";
import type { DecoderCase, DecoderProof } from "../../decoder-contract.ts";
import { FAKE_NOW } from "../../fake-intake.ts";
import {
  createOtlpDecoders,
  ENCODINGS,
  otlpDecoderName,
  SIGNALS,
  type Encoding,
  type Signal,
} from "../create-otlp-decoders.ts";
import { makeException, makeLogs, makeMetrics, makeSpan, makeTraces, nanos, writeRequest } from "./requests.ts";

const point = { timeUnixNano: nanos(FAKE_NOW), attributes: { tenant: "blue" } };
/** Requests with all that is read of a signal. */
const SAMPLES: Record<Signal, object> = {
  traces: makeTraces([
    makeSpan({ events: [makeException()], status: { code: 2 } }),
    makeSpan({ kind: 1, attributes: { deep: { list: [1, "a", { b: false }], "shop.tenant": "blue" } } }),
  ]),
  logs: makeLogs([
    { timeUnixNano: nanos(FAKE_NOW), severityNumber: 9, body: { a: ["b"] }, attributes: { tenant: "blue" } },
    { severityText: "ERROR", body: "x", attributes: makeException().attributes, eventName: "e" },
  ]),
  metrics: makeMetrics([
    { name: "a", unit: "s", gauge: { dataPoints: [{ ...point, asInt: -5 }] } },
    { name: "b", sum: { isMonotonic: true, aggregationTemporality: 2, dataPoints: [{ ...point, asDouble: 1.5 }] } },
    {
      name: "c",
      histogram: { dataPoints: [{ ...point, count: 3, sum: 4, explicitBounds: [1], bucketCounts: [1, 2] }] },
    },
    { name: "d", summary: { dataPoints: [{ ...point, quantileValues: [{ quantile: 0.5, value: 2 }] }] } },
  ]),
};
/** A secret where an app under OpenTelemetry would have it. */
function attributesOf(planted: PlantedSecret): Record<string, string | string[]> {
  switch (planted.place) {
    case "header":
    case "cookie":
      return { [`http.request.header.${planted.name.toLowerCase()}`]: [planted.value] };
    case "query":
      return { "url.query": `${encodeURIComponent(planted.name)}=${encodeURIComponent(planted.value)}` };
    case "body":
      return { "shop.body": JSON.stringify(planted.body) };
    case "message":
      return { "shop.note": planted.text, "exception.message": planted.text };
    case "source":
      return {
        "exception.stacktrace": `Traceback (most recent call last):\n  File "/srv/a.py", line 1, in f\n    ${planted.text}\nError: x\n`,
      };
    case "breadcrumb":
      return { "shop.note": planted.message, ...(planted.data as Record<string, string>) };
    default:
      return planted satisfies never;
  }
}

function makeSignal(signal: Signal, attributes: object, timeMs: number): object {
  const { "exception.stacktrace": _stack, ...fields } = attributes as Record<string, string>;
  const base = { "http.request.method": "GET", "url.path": "/a", "http.response.status_code": 500 };
  if (signal === "traces")
    return makeTraces([
      makeSpan({ attributes: { ...base, ...attributes }, events: [makeException(attributes, timeMs)] }, timeMs),
    ]);
  if (signal === "logs")
    return makeLogs([
      { timeUnixNano: nanos(timeMs), severityNumber: 9, body: fields, attributes: fields },
      { timeUnixNano: nanos(timeMs), severityNumber: 9, body: JSON.stringify([fields]) },
      { timeUnixNano: nanos(timeMs), severityNumber: 17, attributes: { "exception.type": "E", ...attributes } },
    ]);
  return makeMetrics([
    { name: "m", gauge: { dataPoints: [{ timeUnixNano: nanos(timeMs), asInt: 1, attributes: { ...attributes } }] } },
    {
      name: "h",
      histogram: { dataPoints: [{ timeUnixNano: nanos(timeMs), count: 1, sum: 2, attributes: { ...attributes } }] },
    },
  ]);
}

function makeCase(signal: Signal, encoding: Encoding): DecoderCase {
  const name = otlpDecoderName(signal, encoding);
  const other = encoding === "json" ? "protobuf" : "json";
  const write = (attributes: object, timeMs = FAKE_NOW) =>
    writeRequest(signal, encoding, makeSignal(signal, attributes, timeMs));
  return {
    name,
    create: (redaction) => createOtlpDecoders(redaction)[name]!,
    makeBody: (timeMs) => write({ tenant: "blue" }, timeMs),
    events: signal === "logs" ? 3 : 2,
    idempotent: false,
    // A span is refused for its own time; the exception that it tells of is kept, as of now.
    hasTimes: signal !== "traces",
    unreadable: {
      "the other encoding": writeRequest(signal, other, makeSignal(signal, {}, FAKE_NOW)),
      "random bytes": Buffer.from("ffffffffffff", "hex"),
      "a list": Buffer.from("[]"),
      "a length beyond the end": Buffer.from("0affffffff07", "hex"),
      "brackets without end": Buffer.alloc(2_000_000, 0x5b),
    },
    plant: (planted) => {
      // Metrics have short attributes of chosen values; a stack or a header is none of them.
      if (signal === "metrics" && ["header", "cookie", "source"].includes(planted.place)) return undefined;
      return write(attributesOf(planted));
    },
    plantNamed: (named) => write({ [`shop.${named}`]: "planted-by-name" }),
  };
}

function proveDecoder(signal: Signal, encoding: Encoding): [string, DecoderProof[]] {
  const bytes = writeRequest(signal, encoding, SAMPLES[signal]);
  const sample = encoding === "json" ? (JSON.parse(bytes.toString()) as object) : bytes;
  return [otlpDecoderName(signal, encoding), [{ contract: makeCase(signal, encoding), sample, maxGrowth: 12 }]];
}

/** Every signal in both encodings. */
export const OTLP_PROOFS: Readonly<Record<string, readonly DecoderProof[]>> = Object.fromEntries(
  SIGNALS.flatMap((signal) => ENCODINGS.map((encoding) => proveDecoder(signal, encoding))),
);
