import type { MetricEvent } from "@gatewatch/protocol";
import { nativeBatchSchema } from "@gatewatch/protocol/schema/batch-schema";
import Schema from "typebox/schema";
import { describe, expect, it } from "vitest";
import type { DecodedBatch } from "../../model/decoder.ts";
import { FAKE_NOW } from "../fake-intake.ts";
import { IntakeError } from "../intake-error.ts";
import { createCerberusDecoders } from "./create-cerberus-decoders.ts";
import { guessRoute } from "./guess-route.ts";
import { isHealthPath } from "./is-health-path.ts";

const KEY = new TextEncoder().encode("cerberus-parity-test-key-v1");
const { cerberusBatch } = createCerberusDecoders();
const NOW_TEXT = new Date(FAKE_NOW).toISOString().replace("Z", "394+00:00");

/** As 0.1.5 sends it, with everything in clear. */
const EVENT = {
  api_key: "sk-your-api-key",
  client_id: "my-django-app",
  token: "sk-your-api-key",
  remote_addr: "192.168.1.1",
  endpoint: "/api/users/7/",
  scheme: false,
  method: "POST",
  timestamp: NOW_TEXT,
  custom_data: { items_processed: 2, cache_hit: true },
  headers: {
    Cookie: "sid=1",
    "Content-Type": "application/json",
    Authorization: "Bearer abc123token",
    "User-Agent": "UA/1",
  },
  query_params: { page: "1", tag: ["a", "b"], token: "verysecretvalue" },
  body: { username: "alice", password: "hunter2" },
  user_agent: "UA/1",
  user_id: null,
};

function decode(value: unknown, batch = false): DecodedBatch {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const bytes = Buffer.from(batch ? text : `{"client_id":"my-django-app","events":[${text}]}`);
  return cerberusBatch!.decode(bytes, {
    projectId: 1,
    receivedAt: FAKE_NOW,
    addressKey: KEY,
  });
}

/** The first request with its references to the dictionary followed. */
function requestOf({ batch }: DecodedBatch): Record<string, unknown> {
  expect(Schema.Check(nativeBatchSchema, batch)).toBe(true);
  const columns = batch.columns!.request!;
  const cells = Object.entries(columns).filter(([, cell]) => Array.isArray(cell)) as [string, unknown[]][];
  const numbers = new Set(["time", "durationUs", "status", "requestBytes", "responseBytes", "aborted"]);
  const row = Object.fromEntries(
    cells.map(([name, [cell]]) => [name, typeof cell === "number" && !numbers.has(name) ? batch.dict![cell] : cell]),
  );
  return {
    ...row,
    attributes: JSON.parse((row["attributes"] as string | undefined) ?? "{}") as unknown,
    t0: columns.t0,
  };
}

describe("an event as 0.1.5 sends it", () => {
  it("becomes a request of the app, without its secrets", () => {
    const decoded = decode(EVENT);
    expect(decoded).toMatchObject({ accepted: 2, rejected: [], leftOut: 0, idempotent: false });
    expect(decoded.batch.resource).toEqual({ service: "my-django-app" });
    expect(requestOf(decoded)).toMatchObject({
      method: "POST",
      path: "/api/users/7/",
      route: "/api/users/:id/",
      scheme: "http",
      status: 0,
      durationUs: 0,
      client: "dde4b5e916e658bdfe3bf7ab8fd6361aa3ef212bccf9fa4f62de60d9c78b838e",
      userAgent: "UA/1",
      t0: Date.parse(NOW_TEXT),
      attributes: {
        items_processed: 2,
        cache_hit: true,
        "http.request.authorization_digest": "a1bee22471588b1572f3f95d86e5f776871241c2fb2d3f29fc435b8ef2c9b9ef",
        "http.request.headers": {
          Cookie: "[REDACTED]",
          Authorization: "[REDACTED]",
          "Content-Type": "application/json",
        },
        "http.request.query": { page: "1", tag: ["a", "b"], token: "[REDACTED]" },
        "http.request.body": { username: "alice", password: "[REDACTED]" },
      },
    });
    const text = Buffer.from(decoded.body).toString();
    expect(text).not.toMatch(/sk-your|192\.168|sid=1|abc123|hunter2|verysecret/);
  });

  it("gives its numbers as measurements too", () => {
    const [metric] = decode(EVENT).batch.events as MetricEvent[];
    expect(metric).toEqual({
      type: "metric",
      time: Date.parse(NOW_TEXT),
      name: "items_processed",
      kind: "gauge",
      value: 2,
      attributes: { route: "/api/users/:id/" },
    });
  });
});

describe("variants of the wire", () => {
  const DIGEST = "dde4b5e916e658bdfe3bf7ab8fd6361aa3ef212bccf9fa4f62de60d9c78b838e";
  it.each([
    ["0.1.0: a digest as source_ip", { remote_addr: undefined, source_ip: DIGEST }, { client: DIGEST }],
    ["IPv6", { remote_addr: "::1" }, { client: "4e9dbe33ee02f947c9a6e4b5f25ec52ad208c8508672c182281d9a9119f3d557" }],
    [
      "a zone",
      { remote_addr: "FE80::1%eth0" },
      { client: "51928821f9313ada25d26cd5468f9ebe5e151e505cdcdc62bba0de9afc0ae16e" },
    ],
    ["https", { scheme: true }, { scheme: "https" }],
    [
      "a call of a tool",
      { scheme: "mcp", endpoint: "mcp://files/read", method: "mcp_tool_call" },
      { scheme: "mcp", method: "mcp_tool_call", route: "mcp://files/read", path: "mcp://files/read" },
    ],
    [
      "a call of a model",
      { scheme: "llm", endpoint: "llm://openai/gpt-5", method: "llm_completion" },
      { scheme: "llm", route: "llm://openai/gpt-5" },
    ],
    ["no time", { timestamp: undefined }, { t0: FAKE_NOW }],
    ["a clock that is years ahead", { timestamp: "2099-01-01T00:00:00+00:00" }, { t0: FAKE_NOW }],
    ["a clock that is years behind", { timestamp: "1970-01-01T00:00:00+00:00" }, { t0: FAKE_NOW }],
    ["a number as user", { user_id: 7 }, { userId: "7" }],
    ["what newer ones know", { status_code: 503, latency_ms: 12.5 }, { status: 503, durationUs: 12_500 }],
    ["an impossible answer", { status_code: "x", latency_ms: -1 }, { status: 0, durationUs: 0 }],
    ["a query in the path", { endpoint: "/a?token=x" }, { path: "/a" }],
    ["unknown members", { hello: { world: [1] } }, { method: "POST" }],
  ])("%s", (_what, patch, expected) => {
    expect(requestOf(decode({ ...EVENT, ...patch }))).toMatchObject(expected);
  });

  it.each([
    [
      "NaN",
      '{"endpoint":"/a","method":"GET","custom_data":{"x":NaN,"y":-Infinity,"z":"NaN"}}',
      { x: null, y: null, z: "NaN" },
    ],
    ["a lone surrogate", '{"endpoint":"/a","method":"GET","custom_data":{"x":"\\ud800"}}', { x: "\uFFFD" }],
    ["a huge number", '{"endpoint":"/a","method":"GET","custom_data":{"x":12345678901234567890}}', {}],
    ["a list as custom data", '{"endpoint":"/a","method":"GET","custom_data":[1]}', { custom_data: [1] }],
    [
      "a list as body",
      '{"endpoint":"/a","method":"GET","body":[{"pin":1}]}',
      { "http.request.body": [{ pin: "[REDACTED]" }] },
    ],
    ["__proto__", '{"endpoint":"/a","method":"GET","custom_data":{"__proto__":{"a":1}}}', {}],
  ])("takes %s", (_what, text, attributes) => {
    const decoded = decode(text);
    expect(requestOf(decoded)["attributes"]).toMatchObject(attributes);
    expect(decoded.rejected).toEqual([]);
  });

  it("takes an event without an address", () => {
    expect(requestOf(decode({ ...EVENT, remote_addr: null }))["client"]).toBeUndefined();
  });

  it("keeps a session's pseudonym alone", () => {
    const attributes = requestOf(decode({ ...EVENT, session_id: "s-123456" }))["attributes"] as Record<string, unknown>;
    expect(attributes["session.digest"]).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify(attributes)).not.toContain("s-123456");
  });

  it("keeps an event whose body is large or deep, with a word in its place", () => {
    let deep: unknown = { password: "bottomsecret" };
    for (let level = 0; level < 60; level++) deep = { deep };
    const attributes = requestOf(
      decode({ ...EVENT, body: { text: "x".repeat(900_000) }, response_body: deep, custom_data: { deep } }),
    )["attributes"] as Record<string, unknown>;
    expect(attributes["http.request.body"]).toEqual({ body_truncated: true, body_bytes_total: 900_011 });
    expect(JSON.stringify(attributes)).not.toContain("bottomsecret");
  });

  it("keeps an event whose every part is as large as it may be", () => {
    const part = Object.fromEntries(Array.from({ length: 99 }, (_, index) => [`pin${index}`, "x"]));
    const decoded = decode({
      ...EVENT,
      headers: part,
      query_params: part,
      body: part,
      response_headers: part,
      response_body: part,
      custom_data: part,
    });
    expect(decoded.rejected).toEqual([]);
    expect(decoded.batch.columns!.request!.n).toBe(1);
  });
});

describe("what is refused", () => {
  it.each([
    ["not JSON", "{"],
    ["a list", "[]"],
    ["nothing", ""],
    ["null", "null"],
  ])("a body that is %s", (_what, text) => {
    expect(() => decode(text, true)).toThrow(IntakeError);
  });

  it.each([
    ["without an endpoint", { endpoint: undefined }],
    ["with an empty endpoint", { endpoint: "" }],
    ["without a method", { method: null }],
    ["with a method of a stranger's making", { method: "GET /" }],
  ])("an event %s", (_what, patch) => {
    expect(decode({ ...EVENT, ...patch })).toMatchObject({
      accepted: 0,
      rejected: [{ index: 0, code: "invalid_event" }],
    });
  });

  it("a batch of more than a thousand", () => {
    expect(() => decode({ events: Array.from({ length: 1001 }, () => EVENT) }, true)).toThrow(/at most 1000/);
    expect(() => decode({ events: "x" }, true)).toThrow(/must be a list/);
  });
});

describe("a batch", () => {
  it("tells apart what is kept, refused and left out", () => {
    const health = { ...EVENT, endpoint: "/internal/healthz/" };
    const decoded = decode({ events: [EVENT, health, 5, { method: "GET" }, { ...EVENT, endpoint: "/b" }] }, true);
    expect(decoded.batch.columns!.request!.n).toBe(2);
    expect(decoded.leftOut).toBe(1);
    expect(decoded.rejected.map(({ index }) => index)).toEqual([2, 3]);
  });

  it("is bounded in what its measurements take", () => {
    const custom = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`m${index}`, index]));
    const decoded = decode({ events: Array.from({ length: 1000 }, () => ({ ...EVENT, custom_data: custom })) }, true);
    expect(decoded.batch.columns!.request!.n).toBe(1000);
    expect(decoded.batch.events!.length).toBeLessThanOrEqual(9000);
    expect(decoded.body.length).toBeLessThan(16 * 1024 * 1024);
  });
});

it.each([
  ["/health", true],
  ["/api/HealthZ/", true],
  ["/liveness", true],
  ["/health/report", false],
  ["/healthy", false],
  ["/", false],
  ["", false],
])("isHealthPath(%j) is %s", (path, expected) => {
  expect(isHealthPath(path)).toBe(expected);
});

it.each([
  ["/api/users/7/", "/api/users/:id/"],
  ["/a/0197a3f4-5c1e-7d20-8f43-2b9f6c0d1e2a", "/a/:id"],
  ["/a/deadbeefdead", "/a/deadbeefdead"],
  ["/a/deadbeef0001", "/a/:id"],
  ["/v2/items", "/v2/items"],
  [`/a/${"x".repeat(41)}`, "/a/:id"],
  ["/", "/"],
])("guessRoute(%j) is %j", (path, route) => {
  expect(guessRoute(path)).toBe(route);
});
