import type { BodyPlan } from "../../gate/body-plan.ts";
import { cacheByText } from "../../gate/cache-by-text.ts";
import { catchLater } from "../../gate/catch-later.ts";
import { ENCODED_VARIANTS } from "../../gate/encoded-variants.ts";
import type { Exchange, ResponseHead } from "../../gate/exchange.ts";
import type { Layer } from "../../gate/layer.ts";
import { createSlot } from "../../gate/slot.ts";
import type { CompressionOptions } from "../../options/groups/compression.ts";
import { addVary } from "../add-vary.ts";
import { compileWatched } from "../../gate/path-table.ts";
import { type Codec, createCodecs } from "./codecs.ts";
import { essenceOf } from "../essence-of.ts";
import { isCompressible } from "./is-compressible.ts";
import { type EncodingChoice, negotiateEncoding } from "./negotiate-encoding.ts";
import { KeptOutput } from "./kept-output.ts";
import { isLeftAlone, weakenEntityTag, weakenUnchanged } from "./read-head.ts";

export interface CompressionCounts {
  /** Answers that were compressed. */
  answers: number;
  /** Those of them that were compressed in one piece, and their bytes before and after. */
  wholes: number;
  bytesBefore: number;
  bytesAfter: number;
  /** Answers that stayed as they were because the coding failed or did not help. */
  givenUp: number;
}

/** Set once an inner layer of this kind, for example of one route, has decided. */
const DECIDED = createSlot<true>("compression");
const EVENT_STREAM = "text/event-stream";

/** Compresses answers by `Accept-Encoding` (RFC 9110, section 12.5.3). The app's own codings, ranges and `no-transform` stay. */
export function createCompressionLayer(options: CompressionOptions): Layer {
  const { thresholdBytes, syncBytes, eventStreams, skipSecrets, filter } = options;
  const codecs = createCodecs(options.encodings, options);
  const names = [...codecs.keys()];
  const further = new Set(options.types);
  // What nobody may guess the contents of must not be compressed under another spelling either.
  const isLeft = compileWatched(options.skip);
  const choose = cacheByText<EncodingChoice>((accept) => negotiateEncoding(accept, names));
  const isWorthIt = cacheByText<boolean>((type) => {
    const essence = essenceOf(type);
    return essence === EVENT_STREAM ? eventStreams : isCompressible(essence) || further.has(essence);
  });
  const counts: CompressionCounts = { answers: 0, wholes: 0, bytesBefore: 0, bytesAfter: 0, givenUp: 0 };

  /** Whether the answer's kind is compressed for whoever asks for it. */
  function isKindCompressed(x: Exchange, head: ResponseHead): boolean {
    if (isLeft !== undefined && isLeft(x.method, x.path)) return false;
    const own: unknown = filter?.(x, head);
    if (typeof own === "boolean") return own;
    catchLater(own, () => undefined);
    const type = head.get("content-type");
    return type !== undefined && isWorthIt(type);
  }

  function decide(x: Exchange, head: ResponseHead, body: BodyPlan, codec: Codec, minBytes: number): void {
    body.whenBody((whole) => {
      if (whole !== undefined && whole.byteLength < minBytes) return;
      if (isLeftAlone(head, skipSecrets)) return;
      if (whole !== undefined && whole.byteLength <= syncBytes) {
        const encoded = tryEncodeWhole(codec, whole, x);
        if (encoded === undefined) {
          counts.givenUp++;
          return;
        }
        body.encodeWhole(encoded);
        counts.wholes++;
        counts.bytesBefore += whole.byteLength;
        counts.bytesAfter += encoded.byteLength;
      } else {
        const isEager = eventStreams && essenceOf(head.get("content-type") ?? "") === EVENT_STREAM;
        encodeLong(x, body, codec, whole, isEager);
      }
      counts.answers++;
      head.set("Content-Encoding", codec.name);
      weakenEntityTag(head);
    });
  }

  return {
    name: "compression",
    onHead(x, head, body) {
      if (DECIDED.get(x) !== undefined) return;
      DECIDED.set(x, true);
      if (!options.enabled) return;
      const { status } = head;
      if (status === 304) {
        weakenUnchanged(x, head);
        return;
      }
      if (status === 206 || status === 204 || !isKindCompressed(x, head)) return;
      addVary(head, "Accept-Encoding");
      const accept = x.headers.get("accept-encoding");
      if (accept === undefined) return;
      const { encoding, isIdentityRefused } = choose(accept);
      const codec = encoding === undefined ? undefined : codecs.get(encoding);
      if (codec === undefined) return;
      const minBytes = isIdentityRefused ? 1 : thresholdBytes;
      const length = head.get("content-length");
      if (length !== undefined && Number(length) < minBytes) return;
      if (x.method !== "HEAD") decide(x, head, body, codec, minBytes);
      else if (length !== undefined && !isLeftAlone(head, skipSecrets)) describeEncoded(head, codec);
    },
    stats: () => ({ ...counts }),
  };
}

/** The head that a GET would have had; how long its body would be is not known without making it (RFC 9110, section 9.3.2). */
function describeEncoded(head: ResponseHead, codec: Codec): void {
  head.set("Content-Encoding", codec.name);
  head.remove("Content-Length");
  weakenEntityTag(head);
}

/** On other threads, unless the encoded form is there already. */
function encodeLong(x: Exchange, body: BodyPlan, codec: Codec, whole: Uint8Array | undefined, isEager: boolean): void {
  const variants = whole === undefined ? undefined : ENCODED_VARIANTS.get(x);
  if (whole === undefined || variants === undefined) {
    body.encode((output) => codec.open(output, isEager));
    return;
  }
  const kept = variants.get(codec.name, whole);
  if (kept !== undefined) {
    body.encodeWhole(kept);
    return;
  }
  const whenWhole = (encoded: Uint8Array): void => variants.set(codec.name, whole, encoded);
  body.encode((output) => codec.open(new KeptOutput(output, whole.byteLength, whenWhole), isEager));
}

/** Undefined when it fails, or does not get shorter. */
function tryEncodeWhole(codec: Codec, whole: Uint8Array, x: Exchange): Uint8Array | undefined {
  const variants = ENCODED_VARIANTS.get(x);
  const kept = variants?.get(codec.name, whole);
  if (kept !== undefined) return kept;
  try {
    const encoded = codec.encodeWhole(whole);
    if (encoded.byteLength >= whole.byteLength) return undefined;
    variants?.set(codec.name, whole, encoded);
    return encoded;
  } catch {
    return undefined;
  }
}
