import { describe, expect, it } from "vitest";
import { createBodyStandIn } from "../../gate/body-stand-in.ts";
import { DEFAULTS } from "../../options/defaults.ts";
import { createExchangeStandIn } from "../../record/exchange-stand-in.ts";
import { createHeadStandIn } from "../head-stand-in.ts";
import { createCustomMetricsLayer } from "./create-custom-metrics-layer.ts";
import { isJson } from "../is-json.ts";

const WITH = '{"id":7,"_cerberus_metrics":{"items":2,"hit":true}}';

function run(body: string | Uint8Array | undefined, headers: Record<string, string> = {}, options = {}) {
  const layer = createCustomMetricsLayer({ ...DEFAULTS.customMetrics, ...options });
  const x = createExchangeStandIn();
  const head = createHeadStandIn({ "Content-Type": "application/json; charset=utf-8", ...headers });
  const plan = createBodyStandIn();
  layer.onHead?.(x, head, plan);
  plan.decide(body);
  const rest = plan.isReplaced ? Buffer.from(plan.whole!).toString() : undefined;
  return { x, head, rest, asked: plan.hasDecisions, counts: layer.stats?.() };
}

describe("isJson()", () => {
  it.each([
    ["application/json", true],
    ["application/json; charset=utf-8", true],
    ["Application/JSON ;charset=utf-8", true],
    ["application/problem+json", true],
    ["application/vnd.api+json; ext=x", true],
    ["application/ld+json", true],
    ["text/json", false],
    ["text/html", false],
    ["application/jsonl", false],
    ["application/json-seq", false],
    ["application/x-ndjson", false],
    ["text/event-stream", false],
    ["+json", false],
    ["application/javascript; type=application/json", false],
    ["", false],
  ])("%s: %s", (type, is) => {
    expect(isJson(type)).toBe(is);
  });
});

describe("the custom-metrics layer", () => {
  it("takes the member out, numbers to the metrics and all else to the attributes", () => {
    const { x, rest, counts } = run(WITH);
    expect(rest).toBe('{"id":7}');
    expect(x.metrics).toEqual({ items: 2 });
    expect(x.attributes).toEqual({ hit: true });
    expect(counts).toEqual({ answers: 1, valuesDropped: 0, tooLong: 0 });
  });

  it.each([
    ["a number", "5", { _cerberus_metrics: 5 }, {}],
    ["a text", '"x"', {}, { _cerberus_metrics: "x" }],
    ["null", "null", {}, { _cerberus_metrics: null }],
    ["a list", "[1,2]", {}, { _cerberus_metrics: [1, 2] }],
    ["nested values", '{"a":{"b":1}}', {}, { a: { b: 1 } }],
    ["a number beyond a double", '{"a":1e999,"b":1}', { b: 1 }, {}],
  ])("keeps %s", (_what, value, metrics, attributes) => {
    const { x, rest } = run(`{"_cerberus_metrics":${value}}`);
    expect(rest).toBe("{}");
    expect(x.metrics).toEqual(metrics);
    expect(x.attributes).toEqual(attributes);
  });

  it("keeps `__proto__` as a name like any other", () => {
    const { x } = run('{"_cerberus_metrics":{"__proto__":1,"constructor":2}}');
    expect(Object.entries(x.metrics)).toEqual([
      ["__proto__", 1],
      ["constructor", 2],
    ]);
    expect(({} as { constructor: unknown }).constructor).toBe(Object);
  });

  it("bounds names and their number", () => {
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`n${index}`, index]));
    const { x, counts } = run(JSON.stringify({ _cerberus_metrics: { ...many, ["x".repeat(129)]: 1 } }));
    expect(Object.keys(x.metrics)).toHaveLength(128);
    expect(counts?.["valuesDropped"]).toBe(73);
  });

  it.each([
    ["a strong entity tag", { ETag: '"abc"' }, "etag"],
    ["a weak entity tag", { ETag: 'W/"33-abc"' }, "etag"],
    ["Content-Digest", { "Content-Digest": "sha-256=:x:" }, "content-digest"],
    ["Repr-Digest", { "Repr-Digest": "sha-256=:x:" }, "repr-digest"],
    ["Digest", { Digest: "sha-256=x" }, "digest"],
    ["Content-MD5", { "Content-MD5": "x" }, "content-md5"],
  ])("drops %s of the bytes that were", (_what, headers, name) => {
    expect(run(WITH, headers as Record<string, string>).head.has(name)).toBe(false);
    expect(run('{"id":7}', headers as Record<string, string>).head.has(name)).toBe(true);
  });

  it.each([
    ["gzip", { "Content-Encoding": "gzip" }],
    ["br", { "Content-Encoding": "br" }],
    ["a part", { "Content-Range": "bytes 0-9/20" }],
    ["HTML", { "Content-Type": "text/html" }],
    ["lines of JSON", { "Content-Type": "application/x-ndjson" }],
    ["an event stream", { "Content-Type": "text/event-stream" }],
  ])("leaves %s alone", (_what, headers) => {
    const { rest, x } = run(WITH, headers as Record<string, string>);
    expect(rest).toBeUndefined();
    expect(x.metrics).toEqual({});
  });

  it("looks through an encoding that is none", () => {
    expect(run(WITH, { "Content-Encoding": "identity" }).rest).toBe('{"id":7}');
  });

  it("leaves streams alone", () => {
    expect(run(undefined).rest).toBeUndefined();
  });

  it("asks for no body of another type", () => {
    const layer = createCustomMetricsLayer(DEFAULTS.customMetrics);
    const plan = createBodyStandIn();
    layer.onHead?.(createExchangeStandIn(), createHeadStandIn({ "Content-Type": "text/plain" }), plan);
    layer.onHead?.(createExchangeStandIn(), createHeadStandIn(), plan);
    expect(plan.hasDecisions).toBe(false);
  });

  it("leaves longer bodies alone, and counts them", () => {
    const { rest, counts } = run(WITH, {}, { maxBodyBytes: 20 });
    expect(rest).toBeUndefined();
    expect(counts?.["tooLong"]).toBe(1);
  });

  it("knows the names that it was given", () => {
    const { rest, x } = run('{"_stats":{"a":1},"_cerberus_metrics":{"b":2}}', {}, { keys: ["_stats"] });
    expect(rest).toBe('{"_cerberus_metrics":{"b":2}}');
    expect(x.metrics).toEqual({ a: 1 });
  });
});
