import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import fastify, { type FastifyInstance } from "fastify";
import { afterEach, describe, expect, it } from "vitest";
import { createFakeIntake, FAKE_NOW, type FakeIntake } from "../fake-intake.ts";
import { registerIntakeRoutes } from "../intake-routes.ts";
import type { IntakeDeps } from "../intake-deps.ts";
import { createBatchReceiver } from "../receive-batch.ts";
import { normaliseSentryUrl } from "./normalise-sentry-url.ts";
import { makeEnvelope, makeEvent } from "./testing/envelopes.ts";

const ID = "5b3c0f8e2a7d4c6b9e1f0a2d4c6b8e0f";
const KEY = "0123456789abcdef0123456789abcdef";
const ENVELOPE = makeEnvelope({ event_id: ID }, [["event", makeEvent(FAKE_NOW)]]);
const AUTH = { "x-sentry-auth": `Sentry sentry_version=7, sentry_client=sentry.python/2.68.0, sentry_key=${KEY}` };

let app: FastifyInstance | undefined;
afterEach(() => app?.close());

async function start(overrides: Partial<IntakeDeps> = {}): Promise<FakeIntake & { url: string }> {
  const fake = createFakeIntake(overrides);
  fake.principals.set(KEY, { kind: "dsn", credentialId: 9, projectId: 1 });
  app = fastify({ rewriteUrl: ({ url }) => normaliseSentryUrl(url ?? "/") });
  registerIntakeRoutes(app, fake.deps, createBatchReceiver(fake.deps));
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  return { ...fake, url };
}

function post(url: string, body: Uint8Array | string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { method: "POST", headers, body: body as Uint8Array<ArrayBuffer> });
}

describe("an envelope", () => {
  it("is answered with its id once the journal has it, and a repetition is not kept", async () => {
    const { url, journal, deps } = await start();
    for (let time = 0; time < 2; time++) {
      const response = await post(`${url}/api/1/envelope/`, ENVELOPE, AUTH);
      expect([response.status, await response.json()]).toEqual([200, { id: ID }]);
    }
    expect(journal.records).toHaveLength(1);
    expect(deps.counters).toMatchObject({ acceptedEvents: 1, duplicates: 1 });
  });

  it("that brings something new beside a repeated event is counted for what is new", async () => {
    const { url, journal, deps } = await start();
    const line = { timestamp: FAKE_NOW / 1000, level: "info", body: "paid" };
    const mixed = makeEnvelope({ event_id: ID }, [
      ["event", makeEvent(FAKE_NOW)],
      ["log", { items: [line] }, { item_count: 1, content_type: "application/vnd.sentry.items.log+json" }],
      ["client_report", { discarded_events: [{ reason: "queue_overflow", category: "error", quantity: 2 }] }],
    ]);
    for (const body of [ENVELOPE, mixed]) expect((await post(`${url}/api/1/envelope/`, body, AUTH)).status).toBe(200);
    expect(journal.records).toHaveLength(2);
    expect(deps.counters).toMatchObject({ acceptedEvents: 2, duplicates: 0 });
    expect(deps.counters.clientDrops).not.toEqual({});
  });

  it.each([
    ["in the query", `/api/1/envelope/?sentry_version=7&sentry_key=${KEY}&sentry_client=x`, {}],
    ["in its own header", "/api/1/envelope/", AUTH],
    ["in Authorization", "/api/1/envelope", { authorization: `Sentry sentry_key=${KEY}` }],
    ["behind a path and doubled slashes", `/monitoring//api/1/envelope/?sentry_key=${KEY}`, {}],
  ])("names its key %s", async (_name, path, headers) => {
    const { url, journal } = await start();
    expect((await post(url + path, ENVELOPE, headers)).status).toBe(200);
    expect(journal.records).toMatchObject([{ projectId: 1 }]);
  });

  it.each(["/api/1/envelope/", "/tunnel", "/tunnel/"])("names its DSN itself, at %s", async (path) => {
    const { url, journal } = await start();
    const own = (dsn: string) => makeEnvelope({ event_id: ID, dsn }, [["event", makeEvent(FAKE_NOW)]]);
    expect((await post(url + path, own(`https://${KEY}@gatewatch.example/base/1`))).status).toBe(200);
    expect(journal.records).toMatchObject([{ projectId: 1 }]);
    for (const dsn of [`https://${KEY}@gatewatch.example/2`, "https://gatewatch.example/1", "nonsense"])
      expect((await post(url + path, own(dsn))).status).toBe(403);
    expect((await post(url + path, ENVELOPE)).status).toBe(403);
    expect(journal.records).toHaveLength(1);
  });

  it.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["deflate", deflateRawSync],
    ["br", (bytes: Buffer) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
    ["zstd", zstdCompressSync],
  ])("may come as %s, and a bomb of it is refused", async (encoding, pack) => {
    const { url, journal } = await start();
    const headers = { ...AUTH, "content-encoding": encoding };
    expect((await post(`${url}/api/1/envelope/`, pack(ENVELOPE), headers)).status).toBe(200);
    const bomb = await post(`${url}/api/1/envelope/`, pack(Buffer.alloc(21 * 1024 * 1024)), headers);
    expect([bomb.status, Object.keys((await bomb.json()) as object)]).toEqual([413, ["detail", "causes"]]);
    const broken = await post(`${url}/api/1/envelope/`, pack(ENVELOPE).subarray(0, -9), headers);
    expect(broken.status).toBe(400);
    expect(journal.records).toHaveLength(1);
  });

  it.each(["text/plain;charset=UTF-8", "application/x-sentry-envelope", "nonsense/(", "application/json", ""])(
    "may be called %j",
    async (type) => {
      const { url } = await start();
      const body = new ReadableStream({
        start(stream) {
          stream.enqueue(new Uint8Array(ENVELOPE));
          stream.close();
        },
      });
      // In pieces without a length, as Node's client sends.
      const init = { method: "POST", headers: { ...AUTH, "content-type": type }, body, duplex: "half" } as const;
      expect((await fetch(`${url}/api/1/envelope/`, init)).status).toBe(200);
    },
  );

  it.each([
    ["an unknown key", `/api/1/envelope/?sentry_key=${"f".repeat(32)}`, ENVELOPE, 403],
    ["a key that is none", "/api/1/envelope/?sentry_key=a%20b", ENVELOPE, 403],
    ["the key of another project", `/api/2/envelope/?sentry_key=${KEY}`, ENVELOPE, 403],
    ["a project that is none", `/api/shop/envelope/?sentry_key=${KEY}`, ENVELOPE, 403],
    ["no envelope", `/api/1/envelope/?sentry_key=${KEY}`, Buffer.from("hello"), 400],
    [
      "no encoding that anybody knows",
      `/api/1/envelope/?sentry_key=${KEY}`,
      ENVELOPE,
      400,
      { "content-encoding": "lzma" },
    ],
    [
      "an event beyond its limit",
      `/api/1/envelope/?sentry_key=${KEY}`,
      makeEnvelope({}, [["event", { message: "x".repeat(1_100_000) }]]),
      413,
    ],
  ] as [string, string, Buffer, number, Record<string, string>?][])(
    "with %s is refused, and nothing of it is kept",
    async (_name, path, body, status, headers = {}) => {
      const { url, journal } = await start();
      const response = await post(url + path, body, headers);
      expect(response.status).toBe(status);
      expect(await response.json()).toEqual({ detail: expect.any(String), causes: [expect.any(String)] });
      expect(response.headers.get("x-sentry-error")).not.toBe(null);
      expect(journal.records).toEqual([]);
    },
  );

  it("beyond its limit of bytes is refused unread", async () => {
    const { journal } = await start();
    // In process: on a socket the answer may come while the body is still on its way.
    const response = await app!.inject({
      method: "POST",
      url: "/api/1/envelope/",
      headers: AUTH,
      payload: Buffer.alloc(21 * 1024 * 1024),
    });
    expect([response.statusCode, Object.keys(response.json())]).toEqual([413, ["detail", "causes"]]);
    expect(journal.records).toEqual([]);
  });

  it("of a stranger is unpacked to as much as one may send unpacked, and paid for by address", async () => {
    const { url, taken, empty } = await start();
    const large = gzipSync(Buffer.concat([ENVELOPE, Buffer.alloc(1_100_000, "\n")]));
    const headers = { "content-encoding": "gzip" };
    for (const path of ["/api/1/envelope/", "/tunnel"])
      expect((await post(url + path, large, headers)).status).toBe(413);
    const small = gzipSync(Buffer.concat([ENVELOPE, Buffer.alloc(200_000, "\n")]));
    expect((await post(`${url}/api/1/envelope/`, small, headers)).status).toBe(403);
    expect(new Set(taken.map(({ key }) => key))).toEqual(new Set(["stranger:127.0.0.1"]));
    expect(taken.at(-1)!.cost).toBeGreaterThan(190);
    empty.add("stranger:127.0.0.1");
    for (const path of ["/api/1/envelope/", "/tunnel"]) expect((await post(url + path, ENVELOPE)).status).toBe(429);
    expect((await post(`${url}/api/1/envelope/`, ENVELOPE, AUTH)).status).toBe(200);
  });

  it.each([
    ["comes in pieces", (bytes: Buffer) => bytes, {}],
    ["is packed", (bytes: Buffer) => gzipSync(bytes), { "content-encoding": "gzip" }],
  ])("costs its whole size when it %s, and is refused beyond its rate", async (_name, pack, headers) => {
    const costs: number[] = [];
    let left = 1_000;
    const { url, journal } = await start({
      shared: {
        takeTokens: async (_key, cost) => {
          costs.push(cost);
          if (cost > left) return { ok: false, retryAfterMs: 1 };
          left -= cost;
          return { ok: true, left };
        },
      },
    });
    const bytes = Buffer.concat([ENVELOPE, Buffer.alloc(600_000, "\n")]);
    const statuses: number[] = [];
    for (let time = 0; time < 2; time++) {
      const body = new Blob([pack(bytes) as Uint8Array<ArrayBuffer>]).stream();
      const init = { method: "POST", headers: { ...AUTH, ...headers }, body, duplex: "half" } as const;
      statuses.push((await fetch(`${url}/api/1/envelope/`, init)).status);
    }
    const whole = Math.ceil(bytes.length / 1024);
    expect([statuses, costs]).toEqual([
      [200, 429],
      [32, whole, 32, whole],
    ]);
    expect(journal.records).toHaveLength(1);
  });

  it("beyond its rate is told so in whole seconds and more than two parts", async () => {
    const { url, empty, journal } = await start();
    empty.add("intake:9");
    const response = await post(`${url}/api/1/envelope/`, ENVELOPE, AUTH);
    expect([response.status, response.headers.get("retry-after")]).toEqual([429, "2"]);
    expect(response.headers.get("x-sentry-rate-limits")).toBe("2::key:rate_limited");
    expect(journal.records).toEqual([]);
  });

  it("is answered 503 while the server is behind", async () => {
    const { url, journal } = await start();
    journal.backlog = 2 ** 40;
    const response = await post(`${url}/api/1/envelope/`, ENVELOPE, AUTH);
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "2"]);
  });
});

describe("a page of another origin", () => {
  it("may send, and may read rate limits", async () => {
    const { url } = await start();
    const preflight = await fetch(`${url}/api/1/envelope/`, {
      method: "OPTIONS",
      headers: { origin: "https://shop.example", "access-control-request-method": "POST" },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-headers")).toContain("x-sentry-auth");
    for (const path of [`/api/1/envelope/?sentry_key=${KEY}`, "/api/1/envelope/?sentry_key=wrong"]) {
      const { headers } = await post(url + path, ENVELOPE, { origin: "https://shop.example" });
      expect(headers.get("access-control-allow-origin")).toBe("*");
      expect(headers.get("access-control-expose-headers")).toContain("x-sentry-rate-limits");
    }
  });
});

describe("the other endpoints", () => {
  it("take single events, and reports of browsers", async () => {
    const { url, journal } = await start();
    const event = JSON.stringify({ ...makeEvent(FAKE_NOW), event_id: ID });
    const stored = await post(`${url}/api/1/store/`, gzipSync(event), { ...AUTH, "content-encoding": "gzip" });
    expect([stored.status, await stored.json()]).toEqual([200, { id: ID }]);
    const report = JSON.stringify({ "csp-report": { "violated-directive": "img-src", "blocked-uri": "data" } });
    const address = `${url}/api/1/security/?sentry_key=${KEY}&sentry_environment=live`;
    expect((await post(address, report, { "content-type": "application/csp-report" })).status).toBe(201);
    expect((await post(address, "{}")).status).toBe(400);
    expect((await post(address, "")).status).toBe(400);
    expect(journal.texts().map((text) => JSON.parse(text).resource?.environment)).toEqual(["production", "live"]);
  });

  it("know no other method", async () => {
    const { url } = await start();
    const response = await fetch(`${url}/api/1/envelope/`);
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST, OPTIONS"]);
  });
});

describe("/stream", () => {
  const EVENT = { ...makeEvent(FAKE_NOW), message: "password=hunter2" };
  const OWN = makeEnvelope({ event_id: ID }, [
    ["event", { ...EVENT, exception: { values: [{ type: "Error", value: "password=hunter2" }] } }],
  ]);

  /** The first events of a stream of them, until there are so many. */
  async function readEvents(response: Response, count: number): Promise<string[]> {
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (text.split("\n\n").length <= count) text += (await reader.read()).value ?? "";
    await reader.cancel();
    return text.split("\n\n").slice(0, count);
  }

  it("is not there unless the server listens on loopback", async () => {
    const { url, journal } = await start();
    expect([(await post(`${url}/stream`, OWN)).status, (await fetch(`${url}/stream`)).status]).toEqual([404, 404]);
    expect(journal.records).toEqual([]);
  });

  it("takes envelopes without a key into the first project, and shows viewers what was kept", async () => {
    const { url, journal, taken } = await start({ isLocal: true });
    const early = await fetch(`${url}/stream`, { headers: { origin: "http://localhost:5173" } });
    expect(early.headers.get("access-control-allow-origin")).toBe("http://localhost:5173");
    expect((await post(`${url}/stream`, OWN)).status).toBe(200);
    expect(journal.records).toMatchObject([{ projectId: 1 }]);
    expect(taken).toMatchObject([{ key: "intake:0" }]);
    const late = await fetch(`${url}/stream/?base64=1`);
    const [[text], [packed]] = await Promise.all([readEvents(early, 1), readEvents(late, 1)]);
    const [id, event, ...lines] = text!.split("\n");
    expect([id, event]).toEqual(["id:1", "event:application/x-sentry-envelope"]);
    const parts = lines.map((line) => JSON.parse(line.slice("data:".length)));
    expect(parts).toMatchObject([
      { event_id: ID },
      { type: "event" },
      { event_id: ID, exception: { values: [{ type: "Error", value: "password=[REDACTED]" }] } },
    ]);
    expect(packed).toContain("event:application/x-sentry-envelope;base64\n");
    const envelope = Buffer.from(packed!.split("data:")[1]!, "base64").toString();
    expect(envelope.split("\n").map((line) => JSON.parse(line))).toEqual(parts);
  });

  it.each([
    ["a page of another site", { origin: "https://evil.example" }],
    ["a page without an origin", { origin: "null" }],
    ["what a page of another site embeds", { "sec-fetch-site": "cross-site" }],
    ["a page whose name leads here", { host: "evil.example" }],
    ["a proxy", { "x-forwarded-for": "192.0.2.1" }],
  ])("refuses %s, unread", async (_name, headers) => {
    const { journal } = await start({ isLocal: true });
    for (const method of ["POST", "GET"] as const) {
      const answer = await app!.inject({
        method,
        url: "/stream",
        headers: { host: "localhost", ...headers },
        payload: OWN,
      });
      expect(answer.statusCode).toBe(403);
    }
    expect(journal.records).toEqual([]);
  });

  it("serves some viewers at once", async () => {
    const { url } = await start({ isLocal: true });
    const viewers = await Promise.all(Array.from({ length: 11 }, () => fetch(`${url}/stream`)));
    expect(viewers.map(({ status }) => status).toSorted()).toEqual([...Array.from({ length: 10 }, () => 200), 503]);
    await Promise.all(viewers.map(({ body }) => body!.cancel()));
  });
});

describe("normaliseSentryUrl()", () => {
  it.each([
    ["/api/1/envelope/", "/api/1/envelope/"],
    ["/a/b//api//12/store?x=/api/1/envelope/", "/api/12/store/?x=/api/1/envelope/"],
    ["/api/1/envelope", "/api/1/envelope/"],
    ["/v1/events?next=/api/1/envelope", "/v1/events?next=/api/1/envelope"],
    ["/api/issues/1/store", "/api/issues/1/store"],
    ["/".repeat(10_000), "/".repeat(10_000)],
  ])("%s", (url, expected) => expect(normaliseSentryUrl(url)).toBe(expected));
});
