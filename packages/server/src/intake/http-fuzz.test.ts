import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import fastify, { type FastifyInstance } from "fastify";
import fc from "fast-check";
import { afterEach, expect, it } from "vitest";
import { createFakeIntake } from "./fake-intake.ts";
import { registerIntakeRoutes } from "./intake-routes.ts";
import { createBatchReceiver } from "./receive-batch.ts";

/** `FUZZ_CASES=100000` is the long run; each case is a connection. */
const RUNS = Math.ceil(Number(process.env["FUZZ_CASES"] ?? 3_000) / 20);
/** Ours, that of Cerberus, that of agents, that of OTLP in both encodings. */
const ERROR_BODY =
  /^(?:\{"(?:error":\{"code":"[a-z_]+","message":"[^"]+|detail":"[^"]+|error":"[^"]+|code":\d+,"message":"[^"]+)|[\b][^]\cR[^])/;
/** OTLP skips what it does not know: much of what is no request of it is an empty one. */
const EMPTY = /^(?:\{\})?$/;

let app: FastifyInstance | undefined;
afterEach(() => app?.close());

const headerLines = fc.record({
  method: fc.oneof(
    { weight: 3, arbitrary: fc.constant("POST") },
    fc.constantFrom("GET", "PUT", "OPTIONS", "DELETE", "PATCH"),
  ),
  path: fc.constantFrom(
    "/v1/events",
    "/v1/events/",
    "/v1/events?x=1",
    "/api/v1/analyze-error",
    "/api/v1/analyze-error/",
    "/v1/ingest/batch",
    "/agent/execute-action/",
    "/decide-action",
    "/v1/traces",
    "/v1/logs/",
  ),
  token: fc.oneof({ weight: 4, arbitrary: fc.constant("Bearer in") }, fc.constantFrom("Bearer x", "", ":")),
  type: fc.constantFrom(
    undefined,
    "application/json",
    "application/x-protobuf",
    "",
    ";",
    "a",
    "text/plain",
    "multipart/form-data; boundary=x",
    "\u00e9",
  ),
  encoding: fc.constantFrom(undefined, "gzip", "zstd", "br", "identity", "gzip,gzip", ""),
  chunked: fc.boolean(),
});
const bodies = fc.oneof(
  fc.constant(Buffer.alloc(0)),
  fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
  fc.json().map((json) => Buffer.from(json)),
);

function chunk(body: Buffer): Buffer {
  if (body.length === 0) return Buffer.from("0\r\n\r\n");
  return Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from("\r\n0\r\n\r\n")]);
}

async function exchange(port: number, bytes: Buffer): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.write(bytes);
  return text(socket);
}

it("the intake answers whatever is sent over HTTP with a typed error and never with a 5xx", async () => {
  const fake = createFakeIntake();
  app = fastify();
  registerIntakeRoutes(app, fake.deps, createBatchReceiver(fake.deps));
  await app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const property = fc.asyncProperty(
    headerLines,
    bodies,
    async ({ method, path, token, type, encoding, chunked }, body) => {
      const lines = [`${method} ${path} HTTP/1.1`, "Host: a", "Connection: close", `Authorization: ${token}`];
      if (type !== undefined) lines.push(`Content-Type: ${type}`);
      if (encoding !== undefined) lines.push(`Content-Encoding: ${encoding}`);
      lines.push(chunked ? "Transfer-Encoding: chunked" : `Content-Length: ${body.length}`);
      const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
      const answer = await exchange(port, Buffer.concat([head, chunked ? chunk(body) : body]));
      const status = Number(answer.slice(9, 12));
      const said = answer.slice(answer.indexOf("\r\n\r\n") + 4);
      if (status === 200) assert(/^\/v1\/(?:traces|logs)/.test(path) && EMPTY.test(said), answer);
      else {
        assert([400, 401, 403, 405, 413, 415, 422].includes(status), answer);
        assert.match(said, ERROR_BODY);
      }
    },
  );
  expect(fc.defaultReportMessage(await fc.check(property, { numRuns: RUNS })) ?? "").toBe("");
  expect(fake.failures).toEqual([]);
}, 600_000);
