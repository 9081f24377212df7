import assert from "node:assert/strict";
import { nativeBatchSchema } from "@gatewatch/protocol/schema/batch-schema";
import fc from "fast-check";
import Schema from "typebox/schema";
import { describe, expect, it } from "vitest";
import type { Decoder } from "../model/decoder.ts";
import { FAKE_NOW } from "./fake-intake.ts";
import { IntakeError } from "./intake-error.ts";

/** Test support: a decoder of JSON, and a message that it takes. */
export interface FuzzedDecoder {
  name: string;
  decoder: Decoder;
  sample: object;
  /** Bytes that may be kept of one byte that came, beside some kilobytes. */
  maxGrowth: number;
}

/** Over all properties of a decoder; `FUZZ_CASES=100000` is the long run. */
const CASES = Number(process.env["FUZZ_CASES"] ?? 1_500);
const RUNS = { numRuns: Math.ceil(CASES / 3) };
const TIMEOUT_MS = 60_000 + CASES * 20;
const CONTEXT = { projectId: 1, receivedAt: FAKE_NOW, addressKey: new TextEncoder().encode("key") };
const isNativeBatch = Schema.Compile(nativeBatchSchema);

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
  { __proto__: null, constructor: 1, toString: 2 },
  { message: "m", code: "invalid_event" },
];

type Path = string[];

/** Whatever comes is refused with a typed error, or kept as a valid batch without secrets. */
export function fuzzDecoder({ name, decoder, sample, maxGrowth }: FuzzedDecoder): void {
  const whole = Buffer.from(JSON.stringify(sample));

  function check(bytes: Buffer): void {
    let decoded;
    try {
      decoded = decoder.decode(bytes, CONTEXT);
    } catch (error) {
      assert(error instanceof IntakeError && error.code !== "internal", String(error));
      assert(error.message.length < 300, `a long message: ${error.message}`);
      return;
    }
    const kept = JSON.parse(Buffer.from(decoded.body).toString("utf8")) as {
      columns?: { request?: { n: number } };
      events?: unknown[];
    };
    assert.deepStrictEqual(isNativeBatch.Errors(kept)[1], []);
    assert.strictEqual((kept.columns?.request?.n ?? 0) + (kept.events?.length ?? 0), decoded.accepted);
    const most = bytes.length * maxGrowth + 8_192;
    assert(decoded.body.length < most, `${bytes.length} bytes became ${decoded.body.length}`);
    const text = JSON.stringify(kept);
    assert(!text.includes("hunter2") && !text.includes("378282246310005"), "a secret was kept");
  }

  function failureOf<T>(property: fc.IProperty<T>): string {
    return fc.defaultReportMessage(fc.check(property, RUNS)) ?? "";
  }

  describe(`fuzz: ${name}`, () => {
    it(
      "takes mutated messages",
      () => {
        const bytes = mutated(sample).map((value) => Buffer.from(JSON.stringify(value) ?? ""));
        expect(failureOf(fc.property(bytes, check))).toBe("");
      },
      TIMEOUT_MS,
    );
    it("takes garbled bytes", () => expect(failureOf(fc.property(garbled(whole), check))).toBe(""), TIMEOUT_MS);
    it(
      "takes any JSON and any bytes",
      () => {
        const bytes = fc.oneof(
          fc.json({ maxDepth: 6 }).map((text) => Buffer.from(text)),
          fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
          fc.jsonValue({ maxDepth: 4 }).map((value) => Buffer.from(JSON.stringify({ ...sample, custom: value }))),
        );
        expect(failureOf(fc.property(bytes, check))).toBe("");
      },
      TIMEOUT_MS,
    );
  });
}

/** The sample with up to three of its values replaced or removed. */
function mutated(sample: object): fc.Arbitrary<unknown> {
  const change = fc.tuple(
    fc.constantFrom(...listPaths(sample)),
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...NASTY) },
      { weight: 1, arbitrary: fc.constant(undefined) },
      fc.jsonValue({ maxDepth: 3 }),
    ),
  );
  return fc
    .array(change, { minLength: 1, maxLength: 3 })
    .map((changes) => changes.reduce<unknown>((value, [path, by]) => replaceAt(value, path, by), sample));
}

function listPaths(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  const inner = Object.entries(value).flatMap(([key, item]) => listPaths(item, [...path, key]));
  return path.length === 0 ? inner : [path, ...inner];
}

function replaceAt(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by;
  // An earlier change may have taken the place away.
  if (typeof value !== "object" || value === null) return value;
  const fields = value as Record<string, unknown>;
  if (Array.isArray(value))
    return value.map((item: unknown, index) => (String(index) === key ? replaceAt(item, rest, by) : item));
  return { ...fields, [key]: replaceAt(fields[key], rest, by) };
}

/** Bytes changed, cut or doubled. */
function garbled(whole: Buffer): fc.Arbitrary<Buffer> {
  return fc
    .tuple(
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 6 }),
      fc.nat(whole.length),
      fc.nat(whole.length),
    )
    .map(([edits, from, to]) => {
      const copy = Buffer.from(whole);
      for (const [at, byte] of edits) copy[at] = byte;
      return from < to && edits.length % 2 === 0 ? Buffer.concat([copy.subarray(0, to), copy.subarray(from)]) : copy;
    });
}
