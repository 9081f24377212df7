import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import type { NativeBatch } from "@gatewatch/protocol";
import { nativeBatchSchema } from "@gatewatch/protocol/schema/batch-schema";
import { EVENT_SCHEMAS } from "@gatewatch/protocol/schema/event-schema";
import fc from "fast-check";
import Schema from "typebox/schema";
import { describe, expect, it } from "vitest";
import type { DecodedBatch, Decoder } from "../model/decoder.ts";
import { createAnalyzeErrorDecoder } from "./analyze-error-decoder.ts";
import { decompress } from "./decompress.ts";
import { FAKE_NOW } from "./fake-intake.ts";
import { IntakeError } from "./intake-error.ts";
import { createNativeDecoder } from "./native-decoder.ts";

const nativeDecoder = createNativeDecoder();
const analyzeErrorDecoder = createAnalyzeErrorDecoder();

/** Over all properties; `FUZZ_CASES=100000` is the long run. */
const CASES = Number(process.env["FUZZ_CASES"] ?? 3_000);
const PROPERTIES = 12;
const TIMEOUT_MS = 60_000 + CASES * 20;
const ID = "0197a3f4-5c1e-7d20-8f43-2b9f6c0d1e2a";
const KEY = new TextEncoder().encode("key");

const isNativeBatch = Schema.Compile(nativeBatchSchema);
const validators = {
  request: Schema.Compile(EVENT_SCHEMAS.request),
  error: Schema.Compile(EVENT_SCHEMAS.error),
  log: Schema.Compile(EVENT_SCHEMAS.log),
  metric: Schema.Compile(EVENT_SCHEMAS.metric),
  custom: Schema.Compile(EVENT_SCHEMAS.custom),
};

const NASTY: unknown[] = [
  null,
  true,
  -1,
  0,
  1.5,
  1e308,
  2 ** 53 + 2,
  "",
  "x",
  "\u0000",
  "\ud800",
  "378282246310005",
  "password=hunter2",
  "a".repeat(300),
  "a".repeat(20_000),
  [],
  {},
  [null],
  { a: [{ b: "c" }] },
  { message: "m", code: "invalid_event" },
];

const REQUEST = {
  type: "request",
  time: FAKE_NOW,
  method: "GET",
  route: "/a/:id",
  path: "/a/1",
  status: 200,
  durationMs: 1.5,
  requestId: "r-1",
  traceId: "0123456789abcdef0123456789abcdef",
  spanId: "0123456789abcdef",
  requestBytes: 5,
  responseBytes: 7,
  aborted: false,
  client: "10.0.0.1",
  userAgent: "UA",
  userId: "7",
  errorId: "e1",
  host: "shop",
  scheme: "https",
  attributes: { tenant: 7 },
};
const ERROR = {
  type: "error",
  time: FAKE_NOW,
  id: "e1",
  level: "error",
  handled: false,
  mechanism: "throw",
  count: 2,
  fingerprint: ["{{ default }}", "x"],
  exceptions: [
    {
      type: "TypeError",
      message: "boom",
      module: "m",
      code: "ECONNREFUSED",
      rawStack: "s",
      frames: [
        {
          file: "a.ts",
          function: "f",
          module: "m",
          line: 1,
          column: 2,
          inApp: true,
          context: { pre: ["a"], line: "b", post: ["c"] },
        },
      ],
    },
    { type: "Error", message: "cause", frames: [], parent: 0, relation: "cause" },
  ],
  request: {
    method: "POST",
    url: "/a?b=c",
    route: null,
    headers: { accept: "*/*", via: ["a", "b"] },
    query: { b: "c" },
    body: { a: 1 },
    contentType: "application/json",
    client: "10.0.0.1",
    userAgent: "UA",
    status: 500,
  },
  user: { authenticated: true, id: 7, username: "ada", email: null },
  breadcrumbs: [{ time: 1, category: "log", level: "info", message: "m", data: { a: 1 } }],
  attributes: { a: 1 },
  custom: { b: 2 },
};
const OTHERS = [
  { type: "log", time: FAKE_NOW, level: "info", message: "m", attributes: { a: 1 }, requestId: "r" },
  { type: "metric", time: FAKE_NOW, name: "m", kind: "gauge", value: 1, unit: "ms" },
  { type: "custom", time: FAKE_NOW, name: "order", attributes: { a: 1 } },
];
const COLUMNS = {
  batch: ID,
  sentAt: FAKE_NOW,
  resource: { service: "shop", pid: 1, sdk: { name: "a", version: "1" } },
  drops: { sampled: 1 },
  dict: ["GET", "/a", "UA", '{"a":1}'],
  columns: {
    request: {
      n: 3,
      t0: FAKE_NOW - 100,
      time: [0, 1, 2],
      durationUs: [1, 2, 3],
      status: [200, 404, 500],
      method: [0, 0, "POST"],
      path: [1, 1, "/b"],
      route: [1, null, null],
      requestId: ["a", "b", null],
      traceId: [null, "0123456789abcdef0123456789abcdef", null],
      userAgent: [2, 2, null],
      responseBytes: [1, null, 3],
      aborted: [0, 0, 1],
      attributes: [3, null, '{"b":2}'],
    },
  },
};
const AGENT = {
  timestamp: "2026-11-20T11:39:37.097320",
  environment: "production",
  request: { path: "/a", method: "POST", query_params: { a: ["1"] }, remote_addr: "203.0.113.9", user_agent: "x" },
  request_body: '{"a":1}',
  user: { authenticated: false, id: null, username: null, email: null },
  exception: {
    type: "ValueError",
    message: "m",
    traceback: 'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    x()\nValueError: m\n',
    traceback_list: ['  File "a.py", line 1, in f\n'],
  },
  server: { hostname: "h", version: "1" },
  custom: { a: 1 },
};

type Path = (string | number)[];

function pathsOf(value: unknown, prefix: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [prefix];
  const inner = Object.entries(value).flatMap(([key, item]) =>
    pathsOf(item, [...prefix, Array.isArray(value) ? Number(key) : key]),
  );
  return prefix.length === 0 ? inner : [prefix, ...inner];
}

function withValue(root: unknown, path: Path, value: unknown): unknown {
  if (path.length === 0) return value;
  const [key, ...rest] = path as [string | number, ...Path];
  const copy: Record<string, unknown> | unknown[] = Array.isArray(root)
    ? [...(root as unknown[])]
    : { ...(root as object) };
  const fields = copy as Record<string | number, unknown>;
  if (rest.length === 0 && value === undefined) {
    if (Array.isArray(copy)) copy.splice(Number(key), 1);
    else delete fields[key];
  } else fields[key] = withValue(fields[key], rest, value);
  return copy;
}

/** A real payload with a few of its values replaced or removed. */
function mutated(payload: object): fc.Arbitrary<unknown> {
  const change = fc.tuple(
    fc.constantFrom(...pathsOf(payload)),
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...NASTY) },
      { weight: 1, arbitrary: fc.constant(undefined) },
      fc.jsonValue({ maxDepth: 3 }),
    ),
  );
  return fc
    .array(change, { minLength: 1, maxLength: 3 })
    .map((changes) =>
      changes.reduce<unknown>(
        (value, [path, replacement]) => (hasPath(value, path) ? withValue(value, path, replacement) : value),
        payload,
      ),
    );
}

function hasPath(value: unknown, path: Path): boolean {
  return (
    path
      .slice(0, -1)
      .reduce<unknown>((inner, key) => (inner as Record<string, unknown> | null | undefined)?.[key], value) instanceof
    Object
  );
}

/** Bytes of a payload with some of them changed, cut or doubled. */
function garbled(payload: unknown): fc.Arbitrary<Buffer> {
  const bytes = Buffer.from(JSON.stringify(payload));
  return fc
    .tuple(
      fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 6 }),
      fc.nat(bytes.length),
      fc.nat(bytes.length),
    )
    .map(([edits, from, to]) => {
      const copy = Buffer.from(bytes);
      for (const [at, byte] of edits) copy[at] = byte;
      return from < to && edits.length % 2 === 0 ? Buffer.concat([copy.subarray(0, to), copy.subarray(from)]) : copy;
    });
}

/** Decodes; only typed refusals may be thrown. */
function tryDecode(decoder: Decoder, bytes: Buffer): DecodedBatch | IntakeError {
  try {
    return decoder.decode(bytes, { projectId: 1, receivedAt: FAKE_NOW, addressKey: KEY });
  } catch (error) {
    if (error instanceof IntakeError && error.code !== "internal") return error;
    throw error;
  }
}

function frameOf(events: unknown[]): Buffer {
  return Buffer.from(JSON.stringify({ batch: ID, sentAt: FAKE_NOW, events }));
}

/** What the journal would keep is a valid batch, not much larger than what came, and without secrets. */
function checkKept(decoded: DecodedBatch | IntakeError, received: number): void {
  if (decoded instanceof IntakeError) {
    assert(decoded.message.length < 300, `a long message: ${decoded.message}`);
    return;
  }
  const text = Buffer.from(decoded.body).toString("utf8");
  const kept = JSON.parse(text) as NativeBatch;
  assert.deepStrictEqual(isNativeBatch.Errors(kept)[1], []);
  assert.deepStrictEqual(kept, JSON.parse(JSON.stringify(decoded.batch)));
  assert.doesNotMatch(text, /hunter2|378282246310005/);
  assert(decoded.body.length < received * 6 + 4096, `${received} bytes became ${decoded.body.length}`);
  assert.strictEqual((kept.columns?.request?.n ?? 0) + (kept.events?.length ?? 0), decoded.accepted);
}

/** How the property failed; empty when it holds. */
function failureOf<T>(property: fc.IProperty<T>): string {
  return fc.defaultReportMessage(fc.check(property, { numRuns: Math.ceil(CASES / PROPERTIES) })) ?? "";
}

function checkAgreement(event: { type: string }, candidate: unknown): void {
  // JSON has neither undefined nor Infinity: what counts is what arrives.
  const arrived = JSON.parse(JSON.stringify(candidate)) as { type?: unknown; time?: unknown };
  const isOld = typeof arrived.time === "number" && arrived.time >= 0 && arrived.time < FAKE_NOW - 1e9;
  fc.pre(arrived.type === event.type && !isOld);
  const bytes = frameOf([arrived]);
  const decoded = tryDecode(nativeDecoder, bytes);
  assert(!(decoded instanceof IntakeError));
  const valid = validators[event.type as keyof typeof validators].Check(arrived);
  assert.deepStrictEqual(
    decoded.rejected.map(({ index, code }) => ({ index, code })),
    valid ? [] : [{ index: 0, code: "invalid_event" }],
  );
  checkKept(decoded, bytes.length);
}

describe("fuzz: every decoder", () => {
  it.each([REQUEST, ERROR, ...OTHERS])(
    "agrees with the schema about events of type $type",
    (event) => {
      expect(failureOf(fc.property(mutated(event), (candidate) => checkAgreement(event, candidate)))).toBe("");
    },
    TIMEOUT_MS,
  );

  it(
    "takes mutated columns, and what it keeps is valid",
    () => {
      const property = fc.property(mutated(COLUMNS), (batch) => {
        const bytes = Buffer.from(JSON.stringify(batch));
        checkKept(tryDecode(nativeDecoder, bytes), bytes.length);
      });
      expect(failureOf(property)).toBe("");
    },
    TIMEOUT_MS,
  );

  it(
    "takes mutated agent errors, and what it keeps is valid",
    () => {
      const property = fc.property(mutated(AGENT), (body) => {
        const bytes = Buffer.from(JSON.stringify(body) ?? "");
        checkKept(tryDecode(analyzeErrorDecoder, bytes), bytes.length);
      });
      expect(failureOf(property)).toBe("");
    },
    TIMEOUT_MS,
  );

  it.each([
    ["native", nativeDecoder, { batch: ID, sentAt: FAKE_NOW, events: [REQUEST, ERROR, ...OTHERS] }],
    ["columns", nativeDecoder, COLUMNS],
    ["agent", analyzeErrorDecoder, AGENT],
  ] as const)(
    "answers garbled bytes with typed errors only: %s",
    (_name, decoder, payload) => {
      const property = fc.property(garbled(payload), (bytes) => checkKept(tryDecode(decoder, bytes), bytes.length));
      expect(failureOf(property)).toBe("");
    },
    TIMEOUT_MS,
  );

  it(
    "answers arbitrary JSON and arbitrary bytes with typed errors only",
    () => {
      const bytes = fc.oneof(
        fc.json({ maxDepth: 6 }).map((text) => Buffer.from(text)),
        fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
        fc.json({ maxDepth: 4 }).map((text) => frameOf([JSON.parse(text)])),
      );
      const property = fc.property(bytes, (input) => {
        for (const decoder of [nativeDecoder, analyzeErrorDecoder]) checkKept(tryDecode(decoder, input), input.length);
      });
      expect(failureOf(property)).toBe("");
    },
    TIMEOUT_MS,
  );

  it(
    "unpacks garbled streams or refuses them, never beyond the bound",
    async () => {
      const packed = gzipSync(JSON.stringify(COLUMNS));
      const garbledStream = fc
        .array(fc.tuple(fc.nat(packed.length - 1), fc.nat(255)), { maxLength: 4 })
        .map((edits) => {
          const copy = Buffer.from(packed);
          for (const [at, byte] of edits) copy[at] = byte;
          return copy;
        });
      const property = fc.asyncProperty(garbledStream, async (bytes) => {
        const outcome = await decompress(bytes, "gzip", 65_536).catch((error: unknown) => error);
        assert(outcome instanceof IntakeError || (Buffer.isBuffer(outcome) && outcome.length <= 65_536));
      });
      expect(fc.defaultReportMessage(await fc.check(property, { numRuns: Math.ceil(CASES / PROPERTIES) })) ?? "").toBe(
        "",
      );
    },
    TIMEOUT_MS,
  );
});
