import {
  makeException,
  makeLogs,
  makeSpan,
  makeTraces,
  nanos,
  RESOURCE,
  STACK,
  writeRequest,
} from "../../packages/server/src/intake/otlp/testing/requests.ts";
import { openRawClient } from "../support/raw-client.ts";
import type { LanguageLoad } from "./measure-languages.ts";

const SPANS = 100;
const PROTOBUF = "application/x-protobuf";

function makeSpans(seed: number): object {
  const spans = Array.from({ length: SPANS }, (_, index) => {
    const number = seed * SPANS + index;
    const attributes = {
      "http.request.method": number % 4 === 0 ? "POST" : "GET",
      "http.route": `/api/v1/resource${number % 40}/:id`,
      "url.path": `/api/v1/resource${number % 40}/${number}`,
      "url.scheme": "https",
      "http.response.status_code": number % 25 === 0 ? 500 : 200,
      "server.address": "shop.example",
      "user_agent.original": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
      "network.protocol.version": "1.1",
    };
    const hex = number.toString(16);
    const ids = { traceId: hex.padStart(32, "a"), spanId: hex.padStart(16, "b") };
    return makeSpan({ ...ids, attributes }, Date.now());
  });
  return makeTraces(spans, RESOURCE);
}

/** Records of errors that take so many bytes, the greater part of it facts beside the stack. */
function makeErrors(seed: number, count: number, bytes: number): object {
  const records = Array.from({ length: count }, (_, index) => {
    const message = `Cannot read properties of undefined (reading 'discount') for order ${seed * count + index}`;
    const exception = makeException({ "exception.message": message, "exception.stacktrace": STACK });
    const facts = Object.fromEntries(
      Array.from({ length: Math.floor((bytes - 800) / 480) }, (_fact, at) => [
        `shop.fact${at}`,
        "row of facts ".repeat(35),
      ]),
    );
    return {
      timeUnixNano: nanos(Date.now()),
      severityNumber: 17,
      body: "the order failed",
      attributes: { ...exception.attributes, ...facts },
    };
  });
  return makeLogs(records, RESOURCE);
}

const write = (signal: "traces" | "logs", encoding: "protobuf" | "json", request: object): Buffer =>
  writeRequest(signal, encoding, request);

function openAt(path: string, contentType: string): LanguageLoad["open"] {
  return (url, token) => openRawClient(url, path, token, contentType);
}

export const OTLP_LOADS: readonly LanguageLoad[] = [
  {
    name: "OTLP spans, protobuf",
    open: openAt("/v1/traces", PROTOBUF),
    events: SPANS,
    make: (seed) => write("traces", "protobuf", makeSpans(seed)),
  },
  {
    name: "OTLP spans, JSON",
    open: openAt("/v1/traces", "application/json"),
    events: SPANS,
    make: (seed) => write("traces", "json", makeSpans(seed)),
  },
  {
    name: "OTLP errors of 5 KB, protobuf",
    open: openAt("/v1/logs", PROTOBUF),
    events: 20,
    make: (seed) => write("logs", "protobuf", makeErrors(seed, 20, 5_000)),
  },
  {
    name: "OTLP errors of 50 KB, protobuf",
    open: openAt("/v1/logs", PROTOBUF),
    events: 5,
    make: (seed) => write("logs", "protobuf", makeErrors(seed, 5, 50_000)),
  },
];
