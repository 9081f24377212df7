import assert from "node:assert/strict";
import { nativeBatchSchema } from "@gatewatch/protocol/schema/batch-schema";
import fc from "fast-check";
import Schema from "typebox/schema";
import { describe, expect, it } from "vitest";
import { FAKE_NOW } from "../fake-intake.ts";
import { IntakeError } from "../intake-error.ts";
import {
  createOtlpDecoders,
  ENCODINGS,
  otlpDecoderName,
  SIGNALS,
  type Encoding,
  type Signal,
} from "./create-otlp-decoders.ts";
import { makeException, makeLogs, makeMetrics, makeSpan, makeTraces, nanos, writeRequest } from "./testing/requests.ts";

const decoders = createOtlpDecoders();
const isNativeBatch = Schema.Compile(nativeBatchSchema);
const KEY = new TextEncoder().encode("key");
/** Over all properties; `FUZZ_CASES=100000` is the long run. */
const CASES = Number(process.env["FUZZ_CASES"] ?? 3_000);
const PROPERTIES = 15;
const RUNS = { numRuns: Math.ceil(CASES / PROPERTIES) };
const TIMEOUT_MS = 60_000 + CASES * 20;

const point = { timeUnixNano: nanos(FAKE_NOW), attributes: { tenant: "blue" } };
const SAMPLES: Record<Signal, object> = {
  traces: makeTraces([
    makeSpan({ events: [makeException()], status: { code: 2 } }),
    makeSpan({ kind: 1, attributes: { deep: { list: [1, "a", { b: false }], "user.password": "hunter2" } } }),
  ]),
  logs: makeLogs([
    { timeUnixNano: nanos(FAKE_NOW), severityNumber: 9, body: { a: ["b"] }, attributes: { password: "hunter2" } },
    { severityText: "ERROR", body: "x", attributes: makeException().attributes, eventName: "e" },
  ]),
  metrics: makeMetrics([
    { name: "a", unit: "s", gauge: { dataPoints: [{ ...point, asInt: -5 }] } },
    { name: "b", sum: { isMonotonic: true, aggregationTemporality: 2, dataPoints: [{ ...point, asDouble: 1.5 }] } },
    {
      name: "c",
      histogram: { dataPoints: [{ ...point, count: 3, sum: 4, explicitBounds: [1], bucketCounts: [1, 2] }] },
    },
    { name: "d", summary: { dataPoints: [{ ...point, quantileValues: [{ quantile: 0.5, value: 2 }] }] } },
  ]),
};
const NASTY: unknown[] = [
  null,
  true,
  -1,
  1.5,
  1e308,
  "",
  "x",
  "\u0000",
  "\ud800",
  "9".repeat(30),
  "a".repeat(20_000),
  [],
  {},
  [null],
];

/** Refused with a typed error, or kept as valid batches that do not grow out of hand. */
function check(signal: Signal, encoding: Encoding, bytes: Uint8Array): void {
  const context = { projectId: 1, receivedAt: FAKE_NOW, addressKey: KEY };
  let decoded;
  try {
    decoded = decoders[otlpDecoderName(signal, encoding)]!.decode(bytes, context);
  } catch (error) {
    assert(error instanceof IntakeError, String(error));
    return;
  }
  for (const { body, accepted } of [decoded, ...(decoded.also ?? [])]) {
    const text = Buffer.from(body).toString("utf8");
    const kept = JSON.parse(text) as { columns?: { request?: { n: number } }; events?: unknown[] };
    assert.deepStrictEqual(isNativeBatch.Errors(kept)[1], []);
    assert.strictEqual((kept.columns?.request?.n ?? 0) + (kept.events?.length ?? 0), accepted);
    assert(body.length < bytes.length * 8 + 4_096, `${bytes.length} bytes became ${body.length}`);
  }
}

function failureOf<T>(property: fc.IProperty<T>): string {
  return fc.defaultReportMessage(fc.check(property, RUNS)) ?? "";
}

/** Bytes changed, cut, doubled, taken out. */
function garbled(bytes: Buffer): fc.Arbitrary<Buffer> {
  const edit = fc.tuple(fc.constantFrom("set", "cut", "double", "remove"), fc.nat(bytes.length - 1), fc.nat(255));
  return fc.array(edit, { minLength: 1, maxLength: 4 }).map((edits) => {
    let copy = Buffer.from(bytes);
    for (const [kind, at, value] of edits) {
      if (kind === "set" && at < copy.length) copy[at] = value;
      else if (kind === "cut") copy = copy.subarray(0, at);
      else if (kind === "double")
        copy = Buffer.concat([copy.subarray(0, at), copy.subarray(at - (value % 20), at), copy.subarray(at)]);
      else copy = Buffer.concat([copy.subarray(0, at), copy.subarray(at + (value % 20))]);
    }
    return copy;
  });
}

/** The same JSON with one value somewhere replaced. */
function mutated(sample: unknown): fc.Arbitrary<unknown> {
  const paths = listPaths(sample);
  return fc
    .tuple(fc.constantFrom(...paths), fc.constantFrom(...NASTY))
    .map(([path, value]) => replaceAt(sample, path, value));
}

function listPaths(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, item]) => listPaths(item, [...path, key]))];
}

function replaceAt(value: unknown, [key, ...rest]: string[], by: unknown): unknown {
  if (key === undefined) return by;
  const copy = Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) };
  (copy as Record<string, unknown>)[key] = replaceAt((value as Record<string, unknown>)[key], rest, by);
  return copy;
}

describe("fuzz: OTLP", () => {
  for (const signal of SIGNALS) {
    for (const encoding of ENCODINGS) {
      const sample = writeRequest(signal, encoding, SAMPLES[signal]);
      it(
        `takes garbled ${signal} in ${encoding}`,
        () => {
          expect(failureOf(fc.property(garbled(sample), (bytes) => check(signal, encoding, bytes)))).toBe("");
        },
        TIMEOUT_MS,
      );
      it(
        `takes any bytes as ${signal} in ${encoding}`,
        () => {
          const bytes = fc.oneof(
            fc.uint8Array({ maxLength: 300 }),
            fc.json({ maxDepth: 6 }).map((text) => Buffer.from(text)),
          );
          expect(failureOf(fc.property(bytes, (input) => check(signal, encoding, input)))).toBe("");
        },
        TIMEOUT_MS,
      );
    }
    it(
      `takes mutated ${signal}`,
      () => {
        const sample: unknown = JSON.parse(writeRequest(signal, "json", SAMPLES[signal]).toString());
        const property = fc.property(mutated(sample), (value) =>
          check(signal, "json", Buffer.from(JSON.stringify(value))),
        );
        expect(failureOf(property)).toBe("");
      },
      TIMEOUT_MS,
    );
  }
});
