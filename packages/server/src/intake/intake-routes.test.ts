import { gzipSync, zstdCompressSync } from "node:zlib";
import { analyzeErrorAnswerSchema } from "@gatewatch/protocol/schema/agent-schema";
import { batchAnswerSchema } from "@gatewatch/protocol/schema/batch-schema";
import fastify, { type FastifyInstance } from "fastify";
import Schema from "typebox/schema";
import { afterEach, describe, expect, it } from "vitest";
import { JournalError } from "../model/journal.ts";
import { createFakeIntake, FAKE_ANALYSIS, FAKE_NOW, type FakeIntake } from "./fake-intake.ts";
import type { IntakeDeps } from "./intake-deps.ts";
import { registerIntakeRoutes } from "./intake-routes.ts";
import { createBatchReceiver } from "./receive-batch.ts";

const ID = "0197a3f4-5c1e-7d20-8f43-2b9f6c0d1e2a";
const request = { type: "request", time: FAKE_NOW, method: "GET", path: "/a", status: 200, durationMs: 1 };
const batch = { batch: ID, sentAt: FAKE_NOW, events: [request, { ...request, status: 42 }] };
const pythonError = {
  timestamp: "2026-11-20T09:00:00.5",
  exception: { type: "ValueError", message: "Invalid user data", traceback: "" },
};

let app: FastifyInstance | undefined;
afterEach(() => app?.close());

async function start(overrides: Partial<IntakeDeps> = {}): Promise<FakeIntake & { url: string }> {
  const fake = createFakeIntake(overrides);
  app = fastify();
  registerIntakeRoutes(app, fake.deps, createBatchReceiver(fake.deps));
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  return { ...fake, url };
}

function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  const raw = typeof body === "string" || body instanceof Uint8Array || body === undefined;
  return fetch(url, {
    method: "POST",
    headers: { authorization: "Bearer in", "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: raw ? (body as string | Uint8Array<ArrayBuffer>) : JSON.stringify(body) }),
  });
}

async function codeOf(response: Response): Promise<string> {
  return ((await response.json()) as { error: { code: string } }).error.code;
}

describe("POST /v1/events", () => {
  it("answers once the journal has the batch, valid events kept and bad ones named", async () => {
    const { url, journal, deps } = await start();
    const response = await post(`${url}/v1/events`, batch);
    expect(response.status).toBe(200);
    const answer: unknown = await response.json();
    expect(answer).toEqual({
      batch: ID,
      accepted: 1,
      duplicate: false,
      rejected: [
        { index: 1, code: "invalid_event", message: "status is 42; expected 0 or a whole number from 100 to 999" },
      ],
    });
    expect(Schema.Check(batchAnswerSchema, answer)).toBe(true);
    expect(journal.records).toMatchObject([{ projectId: 1, receivedAt: FAKE_NOW }]);
    expect(deps.counters).toMatchObject({ acceptedEvents: 1, rejectedEvents: 1, batches: 1, duplicates: 0 });
  });

  it("tells that the store is away with a time to come again, under an id of its own", async () => {
    const { url, failures } = await start({
      authenticate: async () => {
        throw Object.assign(new Error("connect to 10.0.0.5 failed"), { name: "StoreError", code: "store_unreachable" });
      },
    });
    const response = await post(`${url}/v1/events`, batch);
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "5"]);
    const { error } = (await response.json()) as { error: { code: string; requestId: string; message: string } };
    expect(error.code).toBe("unavailable");
    expect(error.message).not.toContain("10.0.0.5");
    expect(error.requestId).toBe(response.headers.get("x-request-id"));
    expect(error.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(failures).toEqual([]);
  });

  it("does not answer before the write is durable", async () => {
    const { url, journal } = await start();
    let open: () => void = () => {};
    journal.gate = new Promise((resolve) => (open = resolve));
    let answered = false;
    const response = post(`${url}/v1/events/`, batch).then((value) => {
      answered = true;
      return value;
    });
    await journal.attempted(1);
    // Another request goes all the way meanwhile.
    expect((await post(`${url}/v1/events`, "{")).status).toBe(400);
    expect(answered).toBe(false);
    open();
    expect((await response).status).toBe(200);
  });

  it("answers a batch sent again as a duplicate and writes it once", async () => {
    const { url, journal, deps } = await start();
    await post(`${url}/v1/events`, batch);
    expect(await (await post(`${url}/v1/events`, batch)).json()).toMatchObject({ accepted: 1, duplicate: true });
    expect(journal.records).toHaveLength(1);
    expect(deps.counters).toMatchObject({ acceptedEvents: 1, duplicates: 1 });
    expect(await (await post(`${url}/v1/events`, batch, { authorization: "Bearer in2" })).json()).toMatchObject({
      duplicate: false,
    });
  });

  it("asks for older batches where one can be asked", async () => {
    const { url, journal } = await start({ knownBatch: async () => true });
    expect(await (await post(`${url}/v1/events`, batch)).json()).toMatchObject({ duplicate: true });
    expect(journal.records).toEqual([]);
  });

  it.each([
    ["gzip", gzipSync],
    ["zstd", zstdCompressSync],
  ] as const)("takes %s", async (encoding, compress) => {
    const { url } = await start();
    const response = await post(`${url}/v1/events`, compress(JSON.stringify(batch)), { "content-encoding": encoding });
    expect(await response.json()).toMatchObject({ accepted: 1 });
  });

  it.each([
    ["a bomb", gzipSync(Buffer.alloc(5_000_000, 0x20)), "gzip", 413, "payload_too_large"],
    ["a zstd bomb", zstdCompressSync(Buffer.alloc(20_000_000, 0x20)), "zstd", 413, "payload_too_large"],
    ["a broken stream", Buffer.from("nonsense"), "gzip", 400, "unreadable_frame"],
    ["an unknown encoding", Buffer.from("{}"), "br", 415, "unsupported_media_type"],
  ] as const)("refuses %s", async (_name, body, encoding, status, code) => {
    const { url, journal, failures } = await start();
    const response = await post(`${url}/v1/events`, body, { "content-encoding": encoding });
    expect(response.status).toBe(status);
    expect(await codeOf(response)).toBe(code);
    expect(journal.records).toEqual([]);
    expect(failures).toEqual([]);
  });

  it.each([
    [undefined, "unauthorized", 401],
    ["Bearer nobody", "unauthorized", 401],
    ["Basic in", "unauthorized", 401],
    ["Bearer rd", "forbidden", 403],
  ])("refuses %s", async (authorization, code, status) => {
    const { url } = await start();
    const response = await fetch(`${url}/v1/events`, {
      method: "POST",
      headers: authorization === undefined ? {} : { authorization },
      body: JSON.stringify(batch),
    });
    expect(response.status).toBe(status);
    expect(await codeOf(response)).toBe(code);
  });

  it("takes an admin token, and text/plain", async () => {
    const { url } = await start();
    expect(
      (await post(`${url}/v1/events`, batch, { authorization: "bearer ad", "content-type": "text/plain" })).status,
    ).toBe(200);
  });

  it("answers 429 with Retry-After once the token's bucket is empty", async () => {
    const { url, empty, taken, deps } = await start();
    await post(`${url}/v1/events`, batch);
    expect(taken).toEqual([{ key: "intake:1", cost: 33 }]);
    empty.add("intake:1");
    const response = await post(`${url}/v1/events`, batch);
    expect(response.status).toBe(429);
    expect(response.headers.get("retry-after")).toBe("2");
    expect(await codeOf(response)).toBe("rate_limited");
    expect(deps.counters.refused).toEqual({ rate_limited: 1 });
  });

  it.each([
    ["journal_disk_full", 503, "unavailable"],
    ["journal_closed", 503, "unavailable"],
    ["journal_record_too_large", 413, "payload_too_large"],
  ] as const)("answers %s of the journal with %i, and the retry succeeds", async (failure, status, code) => {
    const { url, journal } = await start();
    journal.failures.push(new JournalError(failure, "no"));
    const response = await post(`${url}/v1/events`, batch);
    expect(response.status).toBe(status);
    expect(response.headers.get("retry-after")).toBe(status === 503 ? "5" : null);
    expect(await codeOf(response)).toBe(code);
    expect(await (await post(`${url}/v1/events`, batch)).json()).toMatchObject({ duplicate: false, accepted: 1 });
  });

  it("refuses with 503 while the backlog is over its bound", async () => {
    const { url, journal } = await start({ maxBacklogBytes: 10 });
    journal.backlog = 11;
    const response = await post(`${url}/v1/events`, batch);
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "2"]);
  });

  it("lets a copy wait for the first one and try itself when that fails", async () => {
    const { url, journal } = await start();
    journal.failures.push(new JournalError("journal_disk_full", "no"));
    let open: () => void = () => {};
    journal.gate = new Promise((resolve) => (open = resolve));
    const first = post(`${url}/v1/events`, batch);
    await journal.attempted(1);
    const second = post(`${url}/v1/events`, batch);
    const other = await post(`${url}/v1/events`, "{");
    expect(other.status).toBe(400);
    expect(journal.attempts).toBe(1);
    open();
    expect((await first).status).toBe(503);
    expect(await (await second).json()).toMatchObject({ accepted: 1, duplicate: false });
    expect(journal.records).toHaveLength(1);
  });

  it.each([
    ["", 400, "unreadable_frame"],
    ["nonsense", 400, "unreadable_frame"],
    ["{}", 400, "unreadable_frame"],
  ])("answers %j with %i", async (body, status, code) => {
    const { url } = await start();
    const response = await post(`${url}/v1/events`, body);
    expect([response.status, await codeOf(response)]).toEqual([status, code]);
  });

  it("refuses other content types, methods and sizes", async () => {
    const { url } = await start();
    expect(
      (await post(`${url}/v1/events`, "a=b", { "content-type": "application/x-www-form-urlencoded" })).status,
    ).toBe(415);
    expect((await post(`${url}/v1/events`, Buffer.alloc(9_000_000, 0x20))).status).toBe(413);
    const get = await fetch(`${url}/v1/events`);
    expect([get.status, get.headers.get("allow"), await codeOf(get)]).toEqual([405, "POST", "method_not_allowed"]);
  });

  it("tells nothing of a failure of its own, and reports it", async () => {
    const failure = new Error("secret detail");
    const { url, failures } = await start({
      authenticate: async () => {
        throw failure;
      },
    });
    const response = await post(`${url}/v1/events`, batch);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("secret detail");
    expect(failures).toEqual([failure]);
  });

  it("adds up the drops that clients report", async () => {
    const { url, deps } = await start();
    await post(`${url}/v1/events`, { batch: ID, sentAt: 1, drops: { queue_full: 3 } });
    await post(`${url}/v1/events`, { batch: ID, sentAt: 1, drops: { queue_full: 3 } });
    expect(deps.counters.clientDrops).toEqual({ queue_full: 3 });
  });
});

describe("POST /api/v1/analyze-error", () => {
  it("answers 200 with the analysis once the error is durable", async () => {
    const { url, journal, analysed } = await start();
    const response = await post(`${url}/api/v1/analyze-error`, pythonError);
    expect(response.status).toBe(200);
    const answer = (await response.json()) as { id: string };
    expect(Schema.Check(analyzeErrorAnswerSchema, answer)).toBe(true);
    expect(answer).toMatchObject({ status: "received", analysis: FAKE_ANALYSIS });
    expect(analysed).toMatchObject([
      { id: answer.id, mechanism: "foreign", time: Date.parse("2026-11-20T09:00:00.500Z") },
    ]);
    expect(journal.texts()[0]).toContain(answer.id);
  });

  it.each(["text/plain", "application/x-www-form-urlencoded", ""])(
    "takes the content type %j and a trailing slash",
    async (type) => {
      const { url } = await start();
      expect((await post(`${url}/api/v1/analyze-error/`, pythonError, { "content-type": type })).status).toBe(200);
    },
  );

  it("stores the error even if the analysis fails", async () => {
    const { url, journal, failures } = await start({
      analyseInstantly: () => {
        throw new Error("no rules");
      },
    });
    const response = await post(`${url}/api/v1/analyze-error`, pythonError);
    expect(response.status).toBe(200);
    expect(Schema.Check(analyzeErrorAnswerSchema, await response.json())).toBe(true);
    expect(journal.records).toHaveLength(1);
    expect(failures).toHaveLength(1);
  });

  it("answers an empty body with 422 and says what is missing", async () => {
    const { url } = await start();
    const response = await fetch(`${url}/api/v1/analyze-error`, {
      method: "POST",
      headers: { authorization: "Bearer in" },
    });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      error: { code: "invalid_request", message: expect.stringContaining("`exception`") as string },
    });
  });

  it.each([
    ["{", 422],
    ["[]", 422],
    [{ exception: {} }, 422],
    [{ exception: { type: "E", message: 5 } }, 422],
    [`{"exception":{"type":"E","message":"${"x".repeat(1_100_000)}"}}`, 413],
  ])("refuses a malformed body", async (body, status) => {
    const { url } = await start();
    expect((await post(`${url}/api/v1/analyze-error`, body)).status).toBe(status);
  });

  it.each([
    ["GET", "in", 405],
    ["POST", "nobody", 401],
    ["POST", "rd", 403],
  ])("answers %s with the token %s with %i", async (method, token, status) => {
    const { url } = await start();
    expect(
      (await fetch(`${url}/api/v1/analyze-error`, { method, headers: { authorization: `Bearer ${token}` } })).status,
    ).toBe(status);
  });
});
