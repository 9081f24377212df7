import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import fastify, { type FastifyInstance } from "fastify";
import { afterEach, describe, expect, it } from "vitest";
import { JournalError } from "../../model/journal.ts";
import { createFakeIntake, FAKE_NOW, type FakeIntake } from "../fake-intake.ts";
import type { IntakeDeps } from "../intake-deps.ts";
import { registerIntakeRoutes } from "../intake-routes.ts";
import { createBatchReceiver } from "../receive-batch.ts";
import { ENCODINGS, SIGNALS, type Encoding, type Signal } from "./create-otlp-decoders.ts";
import { defineMessage } from "./message-table.ts";
import { CONTENT_TYPES } from "./otlp-answers.ts";
import { readWire } from "./read-wire.ts";
import { makeLogs, makeMetrics, makeSpan, makeTraces, nanos, writeRequest } from "./testing/requests.ts";

let app: FastifyInstance | undefined;
afterEach(() => app?.close());

/** `google.rpc.Status` and the answers, as the protocol has them. */
const STATUS = defineMessage({ code: [1, "count"], message: [2, "text"] });
const PARTIAL = defineMessage({ rejected: [1, "count"], errorMessage: [2, "text"] });
const RESPONSE = defineMessage({ partialSuccess: [1, PARTIAL] });

async function start(overrides: Partial<IntakeDeps> = {}): Promise<FakeIntake & { url: string }> {
  const fake = createFakeIntake(overrides);
  app = fastify();
  registerIntakeRoutes(app, fake.deps, createBatchReceiver(fake.deps));
  return { ...fake, url: await app.listen({ host: "127.0.0.1", port: 0 }) };
}

const REQUESTS: Record<Signal, object> = {
  traces: makeTraces([makeSpan()]),
  logs: makeLogs([{ timeUnixNano: nanos(FAKE_NOW), body: "hello" }]),
  metrics: makeMetrics([{ name: "m", gauge: { dataPoints: [{ timeUnixNano: nanos(FAKE_NOW), asInt: 1 }] } }]),
};
const OLD: Record<Signal, object> = {
  traces: makeTraces([makeSpan({}, 1), makeSpan()]),
  logs: makeLogs([{ timeUnixNano: nanos(1) }, { body: "hello" }]),
  metrics: makeMetrics([{ name: "m", gauge: { dataPoints: [{ timeUnixNano: nanos(1) }, { asInt: 1 }] } }]),
};

function post(
  url: string,
  signal: Signal,
  encoding: Encoding,
  body: Uint8Array = writeRequest(signal, encoding, REQUESTS[signal]),
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${url}/v1/${signal}`, {
    method: "POST",
    headers: { authorization: "Bearer in", "content-type": CONTENT_TYPES[encoding], ...headers },
    body: Uint8Array.from(body),
  });
}

/** The answer's status, type and body, whichever its encoding. */
async function read(response: Response, encoding: Encoding) {
  expect(response.headers.get("content-type")).toBe(CONTENT_TYPES[encoding]);
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { status: response.status, bytes };
}

async function readFailure(response: Response, encoding: Encoding) {
  const { status, bytes } = await read(response, encoding);
  const failure =
    encoding === "json"
      ? (JSON.parse(Buffer.from(bytes).toString()) as { code: number; message: string })
      : readWire(bytes, STATUS);
  return { status, ...failure };
}

const CASES = SIGNALS.flatMap((signal) => ENCODINGS.map((encoding) => [signal, encoding] as const));
const REJECTED = { traces: "rejectedSpans", logs: "rejectedLogRecords", metrics: "rejectedDataPoints" } as const;

describe.each(CASES)("POST /v1/%s in %s", (signal, encoding) => {
  it("answers an empty response once the journal has the batch", async () => {
    const { url, journal, deps } = await start();
    const { status, bytes } = await read(await post(url, signal, encoding), encoding);
    expect({ status, text: Buffer.from(bytes).toString() }).toEqual({
      status: 200,
      text: encoding === "json" ? "{}" : "",
    });
    expect(journal.records).toMatchObject([{ projectId: 1, receivedAt: FAKE_NOW }]);
    expect(deps.counters).toMatchObject({ acceptedEvents: 1, rejectedEvents: 0, batches: 1 });
  });

  it("tells of what it did not take as a partial success, in the same 200", async () => {
    const { url, deps } = await start();
    const body = writeRequest(signal, encoding, OLD[signal]);
    const { status, bytes } = await read(await post(url, signal, encoding, body), encoding);
    const message = "1 × time lies more than 30 days back; expected a newer event";
    const answer =
      encoding === "json" ? (JSON.parse(Buffer.from(bytes).toString()) as object) : readWire(bytes, RESPONSE);
    expect({ status, answer }).toEqual({
      status: 200,
      answer: {
        partialSuccess:
          encoding === "json"
            ? { [REJECTED[signal]]: "1", errorMessage: message }
            : { rejected: 1, errorMessage: message },
      },
    });
    expect(deps.counters).toMatchObject({ acceptedEvents: 1, rejectedEvents: 1 });
  });

  it("takes an empty request, and writes nothing", async () => {
    const { url, journal } = await start();
    const body = Buffer.from(encoding === "json" ? "{}" : "");
    expect((await read(await post(url, signal, encoding, body), encoding)).status).toBe(200);
    expect(journal.records).toEqual([]);
  });

  it("refuses what it cannot read with 400 and its Status, and keeps nothing of it", async () => {
    const { url, journal } = await start();
    const body = writeRequest(signal, encoding, REQUESTS[signal]).subarray(0, -1);
    expect(await readFailure(await post(url, signal, encoding, body), encoding)).toEqual({
      status: 400,
      code: 3,
      message: expect.stringContaining("The body is no") as string,
    });
    expect(journal.records).toEqual([]);
  });
});

describe.each(ENCODINGS)("failures in %s", (encoding) => {
  it.each<[string, Record<string, string>, number, number]>([
    ["no token", { authorization: "" }, 401, 16],
    ["an unknown token", { authorization: "Bearer x" }, 401, 16],
    ["an unknown token of the other header", { authorization: "", "x-gatewatch-token": "x" }, 401, 16],
    ["a token for reading", { authorization: "Bearer rd" }, 403, 7],
    ["an unknown encoding", { "content-encoding": "lzma" }, 415, 3],
  ])("%s", async (_name, headers, status, code) => {
    const { url, journal } = await start();
    const failure = await readFailure(await post(url, "traces", encoding, undefined, headers), encoding);
    expect(failure).toEqual({ status, code, message: expect.stringMatching(/\.$/) as string });
    expect(journal.records).toEqual([]);
  });

  it("are worth another try, and say when: a full rate, a lagging digest, a journal that cannot write", async () => {
    const fake = await start();
    const statuses: unknown[] = [];
    const ask = async () => {
      const response = await post(fake.url, "logs", encoding);
      const { status, code } = await readFailure(response, encoding);
      statuses.push([status, code, response.headers.get("retry-after")]);
    };
    fake.empty.add("intake:1");
    await ask();
    fake.empty.clear();
    fake.journal.backlog = 2 ** 40;
    await ask();
    fake.journal.backlog = 0;
    fake.journal.failures.push(new JournalError("journal_backlog_full", "full"));
    await ask();
    expect(statuses).toEqual([
      [429, 8, "2"],
      [503, 14, "2"],
      [503, 14, "5"],
    ]);
  });

  it.each([
    ["gzip", gzipSync],
    ["zstd", zstdCompressSync],
    ["deflate", deflateSync],
  ])("bombs of %s are refused with 413", async (name, pack) => {
    const { url, journal } = await start();
    const headers = { "content-encoding": name };
    const bomb = pack(Buffer.alloc(64 * 2 ** 20, 0x0a));
    expect(await readFailure(await post(url, "traces", encoding, bomb, headers), encoding)).toMatchObject({
      status: 413,
      code: 3,
    });
    const broken = pack(writeRequest("traces", encoding, REQUESTS.traces)).subarray(0, -9);
    expect(await readFailure(await post(url, "traces", encoding, broken, headers), encoding)).toMatchObject({
      status: 400,
    });
    expect(journal.records).toEqual([]);
  });

  it("bodies beyond eight megabytes are refused before they are read", async () => {
    const { url } = await start();
    const body = Buffer.alloc(8 * 2 ** 20 + 1);
    expect(await readFailure(await post(url, "metrics", encoding, body), encoding)).toMatchObject({ status: 413 });
  });
});

describe("requests", () => {
  it.each<[string, Record<string, string>]>([
    ["a bearer token", {}],
    ["a token of its own header", { authorization: "", "x-gatewatch-token": "in" }],
    ["an admin's token", { authorization: "Bearer ad" }],
    ["a charset", { "content-type": "application/json; charset=utf-8" }],
  ])("are taken with %s", async (_name, headers) => {
    const { url } = await start();
    expect((await post(url, "logs", "json", undefined, headers)).status).toBe(200);
  });

  it.each([
    ["gzip", gzipSync],
    ["zstd", zstdCompressSync],
    ["deflate", deflateSync],
    ["identity", (bytes: Buffer) => bytes],
  ])("are unpacked from %s", async (name, pack) => {
    const { url, deps } = await start();
    for (const encoding of ENCODINGS) {
      const body = pack(writeRequest("traces", encoding, REQUESTS.traces));
      expect((await post(url, "traces", encoding, body, { "content-encoding": name })).status).toBe(200);
    }
    expect(deps.counters.acceptedEvents).toBe(2);
  });

  it("of another type are refused in JSON, and other methods name POST", async () => {
    const { url } = await start();
    for (const type of ["text/plain", "application/octet-stream", "application/x-protobufs"]) {
      const response = await post(url, "traces", "json", undefined, { "content-type": type });
      expect(await readFailure(response, "json")).toMatchObject({ status: 415, code: 3 });
    }
    const response = await fetch(`${url}/v1/traces`);
    expect(response.headers.get("allow")).toBe("POST");
    expect(await readFailure(response, "json")).toMatchObject({ status: 405, code: 12 });
    expect((await fetch(`${url}/v1/traces/`, { method: "POST" })).status).toBe(401);
  });

  it("of several resources become a record each, and a failure of one is a failure of all", async () => {
    const { url, journal, deps } = await start();
    const request = {
      resourceLogs: ["a", "b", "c"].flatMap(
        (name) => makeLogs([{ body: name }], { attributes: { "service.name": name } }).resourceLogs!,
      ),
    };
    const body = writeRequest("logs", "protobuf", request);
    expect((await post(url, "logs", "protobuf", body)).status).toBe(200);
    expect(journal.records).toHaveLength(3);
    expect(deps.counters).toMatchObject({ acceptedEvents: 3, batches: 1 });
    journal.failures.push(new JournalError("journal_backlog_full", "full"));
    expect((await post(url, "logs", "protobuf", body)).status).toBe(503);
  });

  it("that bring spans of which nothing is kept are counted, not written", async () => {
    const { url, journal, deps } = await start();
    const body = writeRequest("traces", "json", makeTraces([makeSpan({ kind: 3 }), makeSpan({ kind: 1 })]));
    expect((await post(url, "traces", "json", body)).status).toBe(200);
    expect(journal.records).toEqual([]);
    expect(deps.counters.clientDrops).toEqual({ filtered: 2 });
  });
});
