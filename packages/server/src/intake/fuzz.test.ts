import assert from "node:assert/strict";
import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { EVENT_SCHEMAS } from "@gatewatch/protocol/schema/event-schema";
import fc from "fast-check";
import Schema from "typebox/schema";
import { describe, expect, it } from "vitest";
import { DECODER_PROOFS } from "./decoder-proofs.ts";
import { decompress } from "./decompress.ts";
import { FAKE_NOW } from "./fake-intake.ts";
import { CASES, checkKept, failureOf, fuzzDecoder, mutated, TIMEOUT_MS, tryDecode } from "./fuzz-decoder.ts";
import { IntakeError } from "./intake-error.ts";
import { createNativeDecoder } from "./native-decoder.ts";
import { makeColumns, makeEvents, wrapColumns, wrapEvents } from "./native/testing/batches.ts";

for (const proofs of Object.values(DECODER_PROOFS))
  for (const { contract, sample, maxGrowth } of proofs)
    fuzzDecoder({ name: contract.name, decoder: contract.create(), sample, maxGrowth });

const nativeDecoder = createNativeDecoder();
const EVENTS = makeEvents(FAKE_NOW);
const RUNS = Math.ceil(CASES / (EVENTS.length + 1));
const validators = {
  request: Schema.Compile(EVENT_SCHEMAS.request),
  error: Schema.Compile(EVENT_SCHEMAS.error),
  log: Schema.Compile(EVENT_SCHEMAS.log),
  metric: Schema.Compile(EVENT_SCHEMAS.metric),
  custom: Schema.Compile(EVENT_SCHEMAS.custom),
};

function checkAgreement(event: { type: string }, candidate: unknown): void {
  // JSON has neither undefined nor Infinity: what counts is what arrives.
  const arrived = JSON.parse(JSON.stringify(candidate)) as { type?: unknown; time?: unknown };
  const isOld = typeof arrived.time === "number" && arrived.time >= 0 && arrived.time < FAKE_NOW - 1e9;
  fc.pre(arrived.type === event.type && !isOld);
  const bytes = Buffer.from(JSON.stringify(wrapEvents([arrived])));
  const decoded = tryDecode(nativeDecoder, bytes);
  assert(decoded !== undefined);
  const valid = validators[event.type as keyof typeof validators].Check(arrived);
  assert.deepStrictEqual(
    decoded.rejected.map(({ index, code }) => ({ index, code })),
    valid ? [] : [{ index: 0, code: "invalid_event" }],
  );
  checkKept(decoded, bytes.length, 6);
}

describe("fuzz: native events", () => {
  it.each(EVENTS)(
    "are taken as the schema says: $type",
    (event) => {
      expect(
        failureOf(
          fc.property(mutated(event), (candidate) => checkAgreement(event, candidate)),
          RUNS,
        ),
      ).toBe("");
    },
    TIMEOUT_MS,
  );
});

const WHOLE = JSON.stringify(wrapColumns(makeColumns(FAKE_NOW)));

describe("fuzz: packed bodies", () => {
  it.each([
    ["gzip", gzipSync(WHOLE)],
    ["zstd", zstdCompressSync(WHOLE)],
    ["deflate", deflateSync(WHOLE)],
  ] as const)(
    "are unpacked or refused, never beyond the bound: %s",
    async (encoding, packed) => {
      const garbled = fc.array(fc.tuple(fc.nat(packed.length - 1), fc.nat(255)), { maxLength: 4 }).map((edits) => {
        const copy = Buffer.from(packed);
        for (const [at, byte] of edits) copy[at] = byte;
        return copy;
      });
      const property = fc.asyncProperty(garbled, async (bytes) => {
        const outcome = await decompress(bytes, encoding, { maxBytes: 65_536 }).catch((error: unknown) => error);
        assert(outcome instanceof IntakeError || (Buffer.isBuffer(outcome) && outcome.length <= 65_536));
      });
      expect(fc.defaultReportMessage(await fc.check(property, { numRuns: RUNS })) ?? "").toBe("");
    },
    TIMEOUT_MS,
  );
});
