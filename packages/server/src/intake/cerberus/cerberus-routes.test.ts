import fastify, { type FastifyInstance, type InjectOptions } from "fastify";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { createFakeIntake, type FakeIntake } from "../fake-intake.ts";
import { registerIntakeRoutes } from "../intake-routes.ts";
import { createBatchReceiver } from "../receive-batch.ts";
import { pseudonymiseAddress } from "@gatewatch/protocol/redact/pseudonymise";

const EVENT = { endpoint: "/a", method: "GET", remote_addr: "10.1.2.3" };

let app: FastifyInstance | undefined;
afterEach(() => app?.close());

interface Answer {
  status: number;
  body: unknown;
  headers: Record<string, unknown>;
}

function open(): FakeIntake & { send(options: InjectOptions): Promise<Answer> } {
  const fake = createFakeIntake();
  app = fastify();
  registerIntakeRoutes(app, fake.deps, createBatchReceiver(fake.deps));
  return {
    ...fake,
    async send(options) {
      const { statusCode: status, headers, ...answer } = await app!.inject(options);
      return { status, headers, body: answer.json() };
    },
  };
}

const post = (payload: string | Buffer | object, headers: Record<string, string> = {}): InjectOptions => ({
  method: "POST",
  url: "/v1/ingest/batch",
  headers: { "content-type": "application/json", "x-api-key": "in", ...headers },
  payload,
});

describe("GET /api/secret-key", () => {
  it.each(["/api/secret-key", "/api/secret-key/"])(
    "gives the project's secret, always the same one: %s",
    async (url) => {
      const { send } = open();
      for (const [key, secret] of [
        ["in", "secret-1"],
        ["in2", "secret-2"],
        ["in", "secret-1"],
      ] as const) {
        const { status, body, headers } = await send({ url, headers: { "x-api-key": key } });
        expect({ status, body, cache: headers["cache-control"] }).toEqual({
          status: 200,
          body: { secret_key: secret },
          cache: "no-store",
        });
      }
    },
  );

  it.each([
    [{}, 401, "missing API key"],
    [{ "x-api-key": " " }, 403, "missing API key"],
    [{ "x-api-key": "nobody" }, 403, "invalid API key"],
    [{ "x-api-key": "rd" }, 403, expect.any(String) as string],
  ])("refuses %j", async (headers, status, detail) => {
    const { send } = open();
    expect(await send({ url: "/api/secret-key", headers: headers as Record<string, string> })).toMatchObject({
      status,
      body: { detail },
    });
  });

  it.each(["POST", "PUT", "DELETE"] as const)("knows no %s", async (method) => {
    const { send } = open();
    const { status, body, headers } = await send({ url: "/api/secret-key", method });
    expect({ status, allow: headers["allow"] }).toEqual({ status: 405, allow: "GET, HEAD" });
    expect(body).toEqual({ detail: expect.any(String) as string });
  });
});

describe("POST /v1/ingest/batch", () => {
  it("counts what is taken and what is skipped", async () => {
    const { send, journal } = open();
    const events = [EVENT, { ...EVENT, endpoint: "/healthz" }, {}, { ...EVENT, custom_data: { n: 1 } }];
    expect(await send(post({ events }))).toMatchObject({ status: 200, body: { accepted: 2, skipped: 2 } });
    expect(journal.records).toHaveLength(1);
    expect(journal.texts()[0]).toContain(pseudonymiseAddress("10.1.2.3", "secret-1"));
    expect(journal.texts()[0]).not.toContain("10.1.2.3");
  });

  it("takes packed bodies, a bearer token, NaN, and nothing at all", async () => {
    const { send } = open();
    const packed = gzipSync(JSON.stringify({ events: [EVENT] }));
    expect((await send(post(packed, { "content-encoding": "gzip" }))).body).toEqual({ accepted: 1, skipped: 0 });
    const bearer = post({ events: [EVENT] }, { authorization: "Bearer in" });
    delete bearer.headers!["x-api-key"];
    expect((await send(bearer)).body).toEqual({ accepted: 1, skipped: 0 });
    const text = '{"events":[{"endpoint":"/a","method":"GET","custom_data":{"x":NaN}}]}';
    expect((await send(post(text))).body).toEqual({ accepted: 1, skipped: 0 });
    expect((await send(post({ events: [] }))).body).toEqual({ accepted: 0, skipped: 0 });
  });

  it.each([
    ["no JSON", post("{"), 400],
    ["an empty body", post(""), 400],
    ["a list", post("[]"), 400],
    ["no events", post({}), 422],
    ["too many events", post({ events: Array.from({ length: 1001 }, () => EVENT) }), 413],
    ["too much", post("x".repeat(8 * 1024 * 1024 + 1)), 413],
    ["a bomb", post(gzipSync(Buffer.alloc(20_000_000)), { "content-encoding": "gzip" }), 413],
    ["broken gzip", post("nonsense", { "content-encoding": "gzip" }), 400],
    ["an unknown encoding", post("{}", { "content-encoding": "lzma" }), 415],
    ["no key", { ...post({ events: [EVENT] }), headers: { "content-type": "application/json" } }, 401],
    ["a wrong key", post({ events: [EVENT] }, { "x-api-key": "nobody" }), 403],
    ["a key for reading", post({ events: [EVENT] }, { "x-api-key": "rd" }), 403],
    ["GET", { ...post({}), method: "GET" as const }, 405],
  ])("refuses %s in words, and stores nothing", async (_what, request, status) => {
    const { send, journal } = open();
    const answer = await send(request);
    expect({ status: answer.status, body: answer.body }).toEqual({
      status,
      body: { detail: expect.stringMatching(/\w{3}/) as string },
    });
    expect(journal.records).toEqual([]);
  });

  it("says when to come again", async () => {
    const { send, empty } = open();
    empty.add("intake:1");
    const { status, headers } = await send(post({ events: [EVENT] }));
    expect({ status, after: headers["retry-after"] }).toEqual({ status: 429, after: "2" });
  });
});
