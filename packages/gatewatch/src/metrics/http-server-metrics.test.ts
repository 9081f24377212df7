import { describe, expect, it } from "vitest";
import type { Outcome } from "../gate/exchange.ts";
import { createExchangeStandIn, createOutcomeStandIn, type ExchangeFacts } from "../record/exchange-stand-in.ts";
import { parseExposition } from "./exposition-reader.ts";
import { DURATION_BUCKETS } from "./histogram.ts";
import { HttpServerMetrics } from "./http-server-metrics.ts";
import { MetricRegistry } from "./metric-registry.ts";

function create(maxSeries = 2_000) {
  const registry = new MetricRegistry({
    maxSeries,
    clock: { now: () => 1_000, monotonicMs: () => 0 },
    notice: () => undefined,
  });
  return { registry, measures: new HttpServerMetrics(registry, DURATION_BUCKETS, maxSeries) };
}

/** The labels of the one duration that was measured. */
function labelsOf(facts: ExchangeFacts, outcome: Partial<Outcome>): Record<string, string> {
  const { registry, measures } = create();
  measures.finish(createExchangeStandIn(facts), createOutcomeStandIn({ status: 200, ...outcome }), false);
  const samples = parseExposition(registry.expose().body, false).get("http_server_request_duration_seconds")!.samples;
  return samples.find(({ name }) => name.endsWith("_count"))!.labels;
}

class ValidationError extends Error {
  override name = "ValidationError";
}
class OddError extends Error {
  override name = "odd\nname";
}
class NumberedError extends Error {}
Object.defineProperty(NumberedError.prototype, "name", { value: 7 });

const BASE = { http_request_method: "GET", url_scheme: "http", http_response_status_code: "200", http_route: "/shop" };

describe("what a request is counted by", () => {
  it.each([
    ...["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"].map(
      (method): [string, string] => [method, method],
    ),
    ["PROPFIND", "_OTHER"],
    ["get", "_OTHER"],
    ["_OTHER", "_OTHER"],
    ["X".repeat(1_000), "_OTHER"],
    ["__proto__", "_OTHER"],
    ["constructor", "_OTHER"],
    ["", "_OTHER"],
  ])("the method %s as %s", (method, counted) => {
    expect(labelsOf({ method }, {})).toEqual({ ...BASE, http_request_method: counted });
  });

  it.each([
    ["a template", { route: "/users/:id" }, { ...BASE, http_route: "/users/:id" }],
    [
      "no template",
      { route: null },
      { http_request_method: "GET", url_scheme: "http", http_response_status_code: "200" },
    ],
    ["a status", { status: 404 }, { ...BASE, http_response_status_code: "404" }],
    ["a failure", { status: 500 }, { ...BASE, http_response_status_code: "500", error_type: "500" }],
    ["a gateway's failure", { status: 503 }, { ...BASE, http_response_status_code: "503", error_type: "503" }],
    [
      "an exception",
      { status: 500, error: new ValidationError("x") },
      { ...BASE, http_response_status_code: "500", error_type: "ValidationError" },
    ],
    [
      "an exception with an odd name",
      { status: 500, error: new OddError("x") },
      { ...BASE, http_response_status_code: "500", error_type: "_OTHER" },
    ],
    [
      "an exception whose name is none",
      { status: 500, error: new NumberedError("x") },
      { ...BASE, http_response_status_code: "500", error_type: "500" },
    ],
    [
      "a thrown text",
      { status: 500, error: "secret" },
      { ...BASE, http_response_status_code: "500", error_type: "500" },
    ],
    [
      "an exception that was answered as the client's fault",
      { status: 422, error: new ValidationError("x") },
      { ...BASE, http_response_status_code: "422" },
    ],
    [
      "a client that went away before the head",
      { status: 0, aborted: true },
      { http_request_method: "GET", url_scheme: "http", http_route: "/shop", error_type: "aborted" },
    ],
    ["a client that went away within the body", { status: 200, aborted: true }, { ...BASE, error_type: "aborted" }],
  ] as [string, Partial<Outcome>, object][])("%s", (_what, outcome, labels) => {
    expect(labelsOf({}, outcome)).toEqual(labels);
  });

  it("measures seconds, and bytes only where there are some", () => {
    const { registry, measures } = create();
    const x = createExchangeStandIn();
    measures.finish(
      x,
      createOutcomeStandIn({ status: 200, durationMs: 250, requestBytes: 0, responseBytes: 512 }),
      false,
    );
    measures.finish(
      x,
      createOutcomeStandIn({ status: 200, durationMs: 750, requestBytes: 64, responseBytes: 0 }),
      false,
    );
    measures.finish(x, createOutcomeStandIn({ status: 0, aborted: true, durationMs: 1 }), false);
    const read = parseExposition(registry.expose().body, false);
    const first = (family: string, end: string): number =>
      read.get(family)!.samples.find(({ name }) => name === family + end)!.value;
    expect(first("http_server_request_duration_seconds", "_sum")).toBe(1);
    expect(first("http_server_request_duration_seconds", "_count")).toBe(2);
    expect(first("http_server_request_body_size_bytes", "_sum")).toBe(64);
    expect(first("http_server_request_body_size_bytes", "_count")).toBe(1);
    expect(first("http_server_response_body_size_bytes", "_sum")).toBe(512);
    expect(first("http_server_response_body_size_bytes", "_count")).toBe(2);
  });

  it("knows how many are active", () => {
    const { registry, measures } = create();
    const one = measures.begin(createExchangeStandIn());
    measures.begin(createExchangeStandIn({ method: "POST" }));
    measures.begin(createExchangeStandIn({ method: "BREW" }));
    one.add(-1);
    expect(registry.expose().body).toContain(
      'http_server_active_requests{http_request_method="GET",url_scheme="http"} 0\nhttp_server_active_requests{http_request_method="POST",url_scheme="http"} 1\nhttp_server_active_requests{http_request_method="_OTHER",url_scheme="http"} 1\n',
    );
  });

  it("names sampled traces for readers of OpenMetrics", () => {
    const { registry, measures } = create();
    registry.expose("application/openmetrics-text");
    measures.finish(createExchangeStandIn(), createOutcomeStandIn({ status: 200 }), registry.keepsTraces);
    expect(registry.expose("application/openmetrics-text").body).toContain(
      '# {trace_id="0af7651916cd43dd8448eb211c80319c",span_id="b7ad6b7169203331"} 0.00325 1\n',
    );
  });

  it("is bounded even where an app names its routes after paths", () => {
    const { registry, measures } = create(100);
    for (let index = 0; index < 5_000; index++) {
      measures.finish(createExchangeStandIn(), createOutcomeStandIn({ status: 200, route: `/${index}` }), false);
    }
    const read = parseExposition(registry.expose().body, false);
    for (const family of ["http_server_request_duration_seconds", "http_server_response_body_size_bytes"]) {
      const counts = read.get(family)!.samples.filter(({ name }) => name.endsWith("_count"));
      expect(counts).toHaveLength(100);
      expect(counts.at(-1)).toMatchObject({ labels: { otel_metric_overflow: "true" }, value: 4_901 });
    }
  });
});
