import type { Json } from "@gatewatch/protocol";
import type { CerberusFacts } from "@gatewatch/protocol/cerberus-event";
import { describe, expect, it } from "vitest";
import { createBodyStandIn } from "../../gate/body-stand-in.ts";
import type { ResponseHead } from "../../gate/exchange.ts";
import { CERBERUS_SPEC, type CerberusOptions } from "../../options/groups/cerberus.ts";
import { defaultsOf } from "../../options/option-kinds.ts";
import { createExchangeStandIn, createOutcomeStandIn, type ExchangeFacts } from "../../record/exchange-stand-in.ts";
import { createCerberusLayer, type CerberusPorts } from "./create-cerberus-layer.ts";
import { AnswerKeeper } from "./keep-answer.ts";

const ALL = { headers: true, query: true, body: true, user: true };

function run(options: Partial<CerberusOptions>, exchange: ExchangeFacts = {}, ports: Partial<CerberusPorts> = {}) {
  const taken: CerberusFacts[] = [];
  const layer = createCerberusLayer(
    { ...defaultsOf(CERBERUS_SPEC), ...options },
    { take: (facts) => void taken.push(facts), viewUser: (user) => user, capture: ALL, ...ports },
  );
  const x = createExchangeStandIn(exchange);
  return { layer, x, taken, finish: () => layer.onFinish!(x, createOutcomeStandIn({ requestBytes: 10 })) };
}

const RICH: ExchangeFacts = {
  method: "POST",
  url: "/shop?page=2&q=a&q=b",
  headers: { "user-agent": "UA/1", "content-type": "application/json", "x-tenant": "t", cookie: "sid=1" },
  body: { name: "n", password: "p" },
};

it("hands over a finished exchange, and neither headers, nor query, nor bodies", () => {
  const { x, taken, finish } = run({}, { ...RICH, user: { authenticated: true, id: 42, username: null } });
  Object.assign(x.metrics, { items: 2 });
  Object.assign(x.attributes, { cacheHit: true });
  finish();
  expect(taken).toEqual([
    {
      endpoint: "/shop",
      method: "POST",
      scheme: false,
      time: 1_800_000_000_000,
      address: "203.0.113.9",
      userAgent: "UA/1",
      userId: "42",
      customData: { items: 2, cacheHit: true },
      status: 500,
      latencyMs: 3.25,
    },
  ]);
});

it.each<[string, Partial<CerberusOptions>, Partial<CerberusFacts>]>([
  ["a header", { headers: ["x-tenant"] }, { headers: { "x-tenant": "t" } }],
  ["all headers", { headers: ["*"] }, { headers: RICH.headers! }],
  ["a query field", { query: ["q"] }, { query: { q: ["a", "b"] } }],
  ["all query fields", { query: ["*"] }, { query: { page: "2", q: ["a", "b"] } }],
  ["a member of the body", { body: ["name"] }, { body: { name: "n" } }],
  ["the whole body", { body: ["*"] }, { body: { name: "n", password: "p" } }],
])("hands over %s when it is allowed", (_, options, wanted) => {
  const { taken, finish } = run(options, RICH);
  finish();
  expect(taken[0]).toMatchObject(wanted);
});

it.each<[string, ExchangeFacts, Json | undefined]>([
  ["a text that is JSON", { ...RICH, body: '{"name":"n"}' }, { name: "n" }],
  ["a list", { ...RICH, body: [1, 2] }, [1, 2]],
  ["a text that is none", { ...RICH, body: "{" }, undefined],
  ["a form", { ...RICH, headers: { "content-type": "application/x-www-form-urlencoded" } }, undefined],
  ["none", { ...RICH, headers: {} }, undefined],
])("reads of a body that is %s what is JSON", (_, exchange, wanted) => {
  const { taken, finish } = run({ body: ["*"] }, exchange);
  finish();
  expect(taken[0]?.body).toEqual(wanted);
});

it("withholds whatever may not leave at all", () => {
  const options = { headers: ["*"], query: ["*"], body: ["*"] };
  const capture = { headers: false, query: false, body: false, user: false };
  const user = { authenticated: true, id: 1, username: null };
  const { taken, finish } = run(options, { ...RICH, user }, { capture });
  finish();
  expect(taken[0]).toMatchObject({ endpoint: "/shop" });
  for (const part of ["headers", "query", "body", "userId"] as const) expect(taken[0]?.[part]).toBeUndefined();
});

it.each<[Partial<CerberusOptions>, string, boolean]>([
  [{}, "/any", true],
  [{ capture: ["/api/*"] }, "/api/users", true],
  [{ capture: ["/api/*"] }, "/health", false],
  [{ skip: ["/health*"] }, "/healthz", false],
  [{ skip: ["/**/*.css"] }, "/a/b.css", false],
  [{ capture: ["/api/*"], skip: ["/**/private/*"] }, "/api/private/x", false],
  [{ capture: ["/api/*"] }, "//API/%75sers", true],
  [{ skip: ["/health*"] }, "/Health", true],
  [{ capture: ["POST /api/*"] }, "/api/users", false],
  [{ sampleRate: 0 }, "/any", false],
  [{ sampleRate: 0.5 }, "/any", true],
  [{ sampleRate: 0.3 }, "/any", false],
])("with %j streams %s: %s", (options, url, isWanted) => {
  const { taken, finish, layer } = run(options, { url }, { random: () => 0.4 });
  finish();
  expect(taken).toHaveLength(isWanted ? 1 : 0);
  expect(layer.stats!()).toEqual(isWanted ? { streamed: 1, passedOver: 0 } : { streamed: 0, passedOver: 1 });
});

describe("answers", () => {
  function answer(headers: Record<string, string>, chunks: string[], options: Partial<CerberusOptions> = {}) {
    const { layer, x, taken, finish } = run({ responseBody: true, ...options });
    const body = createBodyStandIn();
    const head = { get: (name: string) => headers[name] } as ResponseHead;
    layer.onHead?.(x, head, body);
    const { observers } = body.decide(chunks.length === 1 ? chunks[0] : undefined) as unknown as {
      observers: readonly { onChunk(bytes: Uint8Array): void; onEnd(complete: boolean): void }[];
    };
    for (const observer of observers) {
      for (const chunk of chunks) observer.onChunk(Buffer.from(chunk));
      observer.onEnd(true);
    }
    finish();
    return taken[0]?.responseBody;
  }

  it.each<[string, Record<string, string>, string[], Partial<CerberusOptions>, Json | undefined]>([
    ["JSON", { "content-type": "application/json" }, ['{"a":1}'], {}, { a: 1 }],
    ["JSON in pieces", { "content-type": "application/vnd.x+json; charset=utf-8" }, ['{"a":', "1}"], {}, { a: 1 }],
    ["a page", { "content-type": "text/html" }, ["<html>"], {}, undefined],
    ["nothing", { "content-type": "application/json" }, [], {}, undefined],
    ["JSON, but not asked for", { "content-type": "application/json" }, ["{}"], { responseBody: false }, undefined],
    [
      "JSON that the app has compressed",
      { "content-type": "application/json", "content-encoding": "gzip" },
      ["x"],
      {},
      { body_skipped_encoding: "gzip" },
    ],
  ])("that are %s are kept", (_, headers, chunks, options, wanted) => {
    expect(answer(headers, chunks, options)).toEqual(wanted);
  });

  const longText = (size: number): string => `"${"x".repeat(size - 3)}z"`;
  const keep = (text: string): Json | undefined =>
    answer({ "content-type": "application/json" }, text.match(/[^]{1,10000}/g) ?? []);

  it("of up to 40 KiB are kept whole", () => {
    const text = longText(40 * 1024);
    expect(keep(text)).toBe(JSON.parse(text));
  });

  it.each([40 * 1024 + 1, 1_000_000])("of %d bytes are kept by both ends", (size) => {
    const text = longText(size);
    expect(keep(text)).toEqual({
      body_truncated: true,
      body_bytes_total: size,
      body_bytes_dropped: size - 40 * 1024,
      head: text.slice(0, 24 * 1024),
      tail: text.slice(-16 * 1024),
    });
  });

  it("that broke off are marked", () => {
    const keeper = new AnswerKeeper();
    keeper.onChunk(Buffer.from('{"a'));
    keeper.onEnd(false);
    expect(keeper.read()).toMatchObject({ body_truncated: true, head: '{"a', tail: "" });
  });
});
