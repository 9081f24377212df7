import type { NativeBatch } from "@gatewatch/protocol";
import { makeSecretCorpus, type PlantedSecret } from "@gatewatch/protocol/redact/secret-corpus";
import type { RedactionOptions } from "@gatewatch/protocol/redact/redactor";
import { nativeBatchSchema } from "@gatewatch/protocol/schema/batch-schema";
import Schema from "typebox/schema";
import { describe, expect, it } from "vitest";
import type { DecodedBatch, Decoder } from "../model/decoder.ts";
import { FAKE_NOW } from "./fake-intake.ts";
import { IntakeError } from "./intake-error.ts";

/** What a language tells of one of its decoders, so that all of them are held to the same promises. */
export interface DecoderCase {
  name: string;
  create(redaction?: RedactionOptions): Decoder;
  /** A body of some events, all of them at this time; its every event is taken. */
  makeBody(timeMs: number): Uint8Array;
  events: number;
  /** Whether the client names its batches. */
  idempotent: boolean;
  /** Whether events carry times of their own that can be too old. */
  hasTimes: boolean;
  /** Bodies that are no message of this language at all, by what is wrong with them. */
  unreadable: Readonly<Record<string, Uint8Array>>;
  /** A body with the secret where clients of this language would have it; undefined: they have no such place. */
  plant(secret: PlantedSecret): Uint8Array | undefined;
  /** A body with an attribute of this name, which holds `planted-by-name`. */
  plantNamed(name: string): Uint8Array;
}

const isNativeBatch = Schema.Compile(nativeBatchSchema);
const CONTEXT = { projectId: 1, receivedAt: FAKE_NOW, addressKey: new TextEncoder().encode("key") };
const MONTHS_MS = 60 * 86_400_000;

/** The batches of a body. */
function batchesOf(decoded: DecodedBatch): DecodedBatch[] {
  return [decoded, ...(decoded.also ?? [])];
}

function keptOf(decoded: DecodedBatch): string {
  const text = batchesOf(decoded)
    .map(({ body }) => Buffer.from(body).toString("utf8"))
    .join("\n");
  return text + decodeURIComponent(text.replace(/%(?![0-9A-F]{2})/gi, ""));
}

function tryDecode(decoder: Decoder, bytes: Uint8Array): DecodedBatch | IntakeError {
  try {
    return decoder.decode(bytes, CONTEXT);
  } catch (error) {
    if (error instanceof IntakeError) return error;
    throw error;
  }
}

function countOf(decoded: DecodedBatch): number {
  return batchesOf(decoded).reduce((sum, { accepted }) => sum + accepted, 0);
}

/** One kind of message of a decoder: what it promises of it, and where hostile messages start from. */
export interface DecoderProof {
  contract: DecoderCase;
  /** A message with all that this language can say, as JSON, or as bytes where it is none. */
  sample: object | Uint8Array;
  /** Bytes that may be kept of one byte that came, beside some kilobytes. */
  maxGrowth: number;
}

/** Every decoder passes this. */
export function describeDecoder(example: DecoderCase): void {
  const decoder = example.create();

  describe(`decoder of ${example.name}`, () => {
    it("takes every event, and keeps valid batches alone", () => {
      const decoded = decoder.decode(example.makeBody(FAKE_NOW), CONTEXT);
      expect({ accepted: countOf(decoded), rejected: decoded.rejected }).toEqual({
        accepted: example.events,
        rejected: [],
      });
      for (const { body, batch, accepted } of batchesOf(decoded)) {
        const kept = JSON.parse(Buffer.from(body).toString("utf8")) as NativeBatch;
        expect(isNativeBatch.Errors(kept)[1]).toEqual([]);
        expect(kept).toEqual(JSON.parse(JSON.stringify(batch)));
        expect((kept.columns?.request?.n ?? 0) + (kept.events?.length ?? 0)).toBe(accepted);
      }
    });

    it("names its batches as its client does, or anew", () => {
      const [one, two] = [1, 2].map(() => decoder.decode(example.makeBody(FAKE_NOW), CONTEXT));
      const idsOf = (decoded: DecodedBatch) =>
        batchesOf(decoded).map(({ batchId }) => Buffer.from(batchId).toString("hex"));
      expect(batchesOf(one!).map(({ idempotent }) => idempotent)).toEqual(
        batchesOf(one!).map(() => example.idempotent),
      );
      const ids = new Set([...idsOf(one!), ...idsOf(two!)]);
      expect(ids.size).toBe(example.idempotent ? idsOf(one!).length : idsOf(one!).length * 2);
    });

    it.each(example.hasTimes ? [MONTHS_MS] : [])(
      "refuses what is %d ms old, and sets what is as far ahead to now",
      (far) => {
        const old = decoder.decode(example.makeBody(FAKE_NOW - far), CONTEXT);
        expect(countOf(old)).toBe(0);
        expect(new Set(old.rejected.map(({ code }) => code))).toEqual(new Set(["too_old"]));
        const ahead = decoder.decode(example.makeBody(FAKE_NOW + far), CONTEXT);
        expect(countOf(ahead)).toBe(example.events);
        const times = batchesOf(ahead).flatMap(({ batch }) => [
          ...(batch.events ?? []).map(({ time }) => time),
          ...(batch.columns?.request?.time ?? []).map((time) => batch.columns!.request!.t0 + time),
        ]);
        expect(new Set(times)).toEqual(new Set([FAKE_NOW]));
      },
    );

    it.each(Object.entries(example.unreadable))("refuses %s with a typed error", (_name, bytes) => {
      expect(tryDecode(decoder, bytes)).toBeInstanceOf(IntakeError);
    });

    it("refuses or takes a body that ends anywhere, and never fails on it", () => {
      const whole = example.makeBody(FAKE_NOW);
      for (let length = 0; length < whole.length; length++) tryDecode(decoder, whole.subarray(0, length));
      expect(tryDecode(decoder, whole)).not.toBeInstanceOf(IntakeError);
    });

    it("keeps none of the planted secrets", () => {
      const planted = makeSecretCorpus(17).flatMap((secret) => {
        const body = example.plant(secret);
        return body === undefined ? [] : [{ secret, decoded: decoder.decode(body, CONTEXT) }];
      });
      expect(planted.length).toBeGreaterThan(50);
      const leaks = planted.filter(({ secret, decoded }) => keptOf(decoded).includes(secret.secret));
      expect(leaks.map(({ secret }) => `${secret.place}, ${secret.kind}: ${secret.secret}`)).toEqual([]);
      expect(planted.filter(({ decoded }) => countOf(decoded) === 0)).toEqual([]);
    });

    it("redacts a project's own names of secrets, and only for it", () => {
      const body = example.plantNamed("tenant_pin_code");
      expect(keptOf(decoder.decode(body, CONTEXT))).toContain("planted-by-name");
      const strict = example.create({ keys: ["tenantPinCode"] });
      expect(keptOf(strict.decode(body, CONTEXT))).not.toContain("planted-by-name");
    });
  });
}
