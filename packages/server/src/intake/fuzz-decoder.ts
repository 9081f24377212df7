import assert from "node:assert/strict";
import type { NativeBatch } from "@gatewatch/protocol";
import { nativeBatchSchema } from "@gatewatch/protocol/schema/batch-schema";
import fc from "fast-check";
import Schema from "typebox/schema";
import { describe, expect, it } from "vitest";
import type { DecodedBatch, Decoder } from "../model/decoder.ts";
import { FAKE_NOW } from "./fake-intake.ts";
import { IntakeError } from "./intake-error.ts";

/** Test support: a decoder, and a message that it takes. */
export interface FuzzedDecoder {
  name: string;
  decoder: Decoder;
  /** Of JSON, or its bytes where it is none. */
  sample: object | Uint8Array;
  /** Bytes that may be kept of one byte that came, beside some kilobytes. */
  maxGrowth: number;
}

/** Over all properties of a decoder; `FUZZ_CASES=100000` is the long run. */
export const CASES = Number(process.env["FUZZ_CASES"] ?? 1_500);
export const TIMEOUT_MS = 60_000 + CASES * 20;
const CONTEXT = {
  projectId: 1,
  receivedAt: FAKE_NOW,
  addressKey: new TextEncoder().encode("key"),
  address: "10.0.0.1",
};
/** A number may be one that a card has as well. */
const SECRETS = /hunter2|[^:[,]378282246310005/;
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
  "9".repeat(30),
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

/** Whatever comes is refused with a typed error, or kept as valid batches without secrets, not much larger than it came. */
export function fuzzDecoder({ name, decoder, sample, maxGrowth }: FuzzedDecoder): void {
  const properties: [string, fc.Arbitrary<Uint8Array>][] = [
    ["garbled bytes", garbled(sample instanceof Uint8Array ? Buffer.from(sample) : toBytes(sample))],
    ["any JSON and any bytes", anything(sample)],
  ];
  if (!(sample instanceof Uint8Array)) properties.push(["mutated messages", mutated(sample).map(toBytes)]);
  const numRuns = Math.ceil(CASES / properties.length);

  describe(`fuzz: ${name}`, () => {
    it.each(properties)(
      "takes %s",
      (_what, messages) => {
        const property = fc.property(messages, (bytes) =>
          checkKept(tryDecode(decoder, bytes), bytes.length, maxGrowth),
        );
        expect(failureOf(property, numRuns)).toBe("");
      },
      TIMEOUT_MS,
    );
  });
}

/** How the property failed; empty when it holds. */
export function failureOf<T>(property: fc.IProperty<T>, numRuns: number): string {
  return fc.defaultReportMessage(fc.check(property, { numRuns })) ?? "";
}

/** Decodes; only typed refusals in few words may be thrown. */
export function tryDecode(decoder: Decoder, bytes: Uint8Array): DecodedBatch | undefined {
  try {
    return decoder.decode(bytes, CONTEXT);
  } catch (error) {
    assert(error instanceof IntakeError && error.code !== "internal", String(error));
    assert(error.message.length < 300, `a long message: ${error.message}`);
    return undefined;
  }
}

/** What the journal would keep. */
export function checkKept(decoded: DecodedBatch | undefined, received: number, maxGrowth: number): void {
  if (decoded === undefined) return;
  let size = 0;
  for (const { body, batch, accepted } of [decoded, ...(decoded.also ?? [])]) {
    const text = Buffer.from(body).toString("utf8");
    const kept = JSON.parse(text) as NativeBatch;
    assert.deepStrictEqual(isNativeBatch.Errors(kept)[1], []);
    assert.deepStrictEqual(kept, JSON.parse(JSON.stringify(batch)));
    assert.strictEqual((kept.columns?.request?.n ?? 0) + (kept.events?.length ?? 0), accepted);
    assert.doesNotMatch(text, SECRETS);
    size += body.length;
  }
  const most = received * maxGrowth + 8_192;
  assert(size < most, `${received} bytes became ${size}`);
}

function toBytes(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value) ?? "");
}

function anything(sample: object): fc.Arbitrary<Uint8Array> {
  const bytes = [fc.json({ maxDepth: 6 }).map((text) => Buffer.from(text)), fc.uint8Array({ maxLength: 300 })] as const;
  if (sample instanceof Uint8Array) return fc.oneof(...bytes);
  return fc.oneof(
    ...bytes,
    fc.jsonValue({ maxDepth: 4 }).map((value) => toBytes({ ...sample, custom: value })),
  );
}

/** The sample with up to three of its values replaced or removed. */
export function mutated(sample: object): fc.Arbitrary<unknown> {
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

/** Bytes changed, cut, doubled or taken out. */
function garbled(whole: Buffer): fc.Arbitrary<Buffer> {
  const edit = fc.tuple(
    fc.constantFrom("set", "cut", "double", "remove"),
    fc.nat(whole.length - 1),
    fc.nat(255),
    fc.nat(whole.length),
  );
  return fc.array(edit, { minLength: 1, maxLength: 6 }).map((edits) => edits.reduce(applyEdit, Buffer.from(whole)));
}

/** What is doubled or removed may be any part: lengths and brackets then tell of more or less than there is. */
function applyEdit(bytes: Buffer, [kind, at, value, length]: [string, number, number, number]): Buffer {
  const end = at + (value % 2 === 0 ? length : value % 20);
  if (kind === "cut") return value < 32 ? bytes.subarray(0, at) : bytes;
  if (kind === "double") return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)]);
  if (kind === "remove") return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
  if (at < bytes.length) bytes[at] = value;
  return bytes;
}
