import { promisify } from "node:util";
import {
  brotliDecompress,
  brotliDecompressSync,
  gunzip,
  gunzipSync,
  inflate,
  inflateRaw,
  inflateRawSync,
  inflateSync,
  zstdDecompress,
  zstdDecompressSync,
} from "node:zlib";
import { WIRE_LIMITS } from "@gatewatch/protocol";
import { IntakeError, unreadableFrame } from "./intake-error.ts";
import { unpackInTurn } from "./unpack-in-turn.ts";

export type ContentEncoding = "identity" | Packing;
type Packing = "gzip" | "zstd" | "deflate" | "br";

/** Bounds of one body. */
export interface UnpackBounds {
  /** Unpacked. */
  maxBytes: number;
  /** On the wire. @default that of our own wire */
  maxPackedBytes?: number;
  /** Unpacked over packed, beyond the first 64 KiB. @default that of our own wire */
  maxRatio?: number;
}

/** Those of our own wire, and of every language that does not say otherwise. */
const WIRE_ENCODINGS: readonly Packing[] = ["gzip", "zstd", "deflate"];
/** Smaller bodies are unpacked at once, where they cannot become large: a trip to the thread pool would cost more. */
const SYNC_BYTES = 32 * 1024;
const SYNC_UNPACKED_BYTES = SYNC_BYTES * WIRE_LIMITS.maxCompressionRatio;
const RATIO_FREE_BYTES = 64 * 1024;

const UNPACK = {
  gzip: { now: gunzipSync, later: promisify(gunzip) },
  zstd: { now: zstdDecompressSync, later: promisify(zstdDecompress) },
  br: { now: brotliDecompressSync, later: promisify(brotliDecompress) },
  deflate: { now: inflateSync, later: promisify(inflate) },
  rawDeflate: { now: inflateRawSync, later: promisify(inflateRaw) },
};

/** The encoding that a `Content-Encoding` header names. @throws IntakeError for one that is not among `understood`. */
export function parseContentEncoding(
  header: string | undefined,
  understood: readonly Packing[] = WIRE_ENCODINGS,
): ContentEncoding {
  const name = (header ?? "identity").trim().toLowerCase();
  if (name === "" || name === "identity") return "identity";
  const known = understood.find((encoding) => encoding === (name === "x-gzip" ? "gzip" : name));
  if (known !== undefined) return known;
  throw new IntakeError("unsupported_media_type", `Content-Encoding must be ${understood.join(", ")} or identity.`);
}

/** The encoding of a binary frame, by its first bytes. */
export function sniffEncoding(bytes: Uint8Array): ContentEncoding {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return "gzip";
  if (bytes[0] === 0x28 && bytes[1] === 0xb5 && bytes[2] === 0x2f && bytes[3] === 0xfd) return "zstd";
  return "identity";
}

/**
 * Unpacks a body; output is produced piece by piece and stops at the bounds of size and ratio.
 * @throws IntakeError when it is too large or broken.
 */
export async function decompress(bytes: Buffer, encoding: ContentEncoding, bounds: UnpackBounds): Promise<Buffer> {
  if (encoding === "identity") return bytes;
  const { maxBytes, maxPackedBytes = WIRE_LIMITS.maxCompressedBytes } = bounds;
  const { maxRatio = WIRE_LIMITS.maxCompressionRatio } = bounds;
  if (bytes.length > maxPackedBytes)
    throw new IntakeError(
      "payload_too_large",
      `The compressed body is ${bytes.length} bytes; at most ${maxPackedBytes} are taken.`,
    );
  const byRatio = Math.max(RATIO_FREE_BYTES, bytes.length * maxRatio);
  const maxOutputLength = Math.min(maxBytes, byRatio);
  try {
    const { now, later } = UNPACK[encoding === "deflate" && !hasZlibFrame(bytes) ? "rawDeflate" : encoding];
    return bytes.length <= SYNC_BYTES && maxOutputLength <= SYNC_UNPACKED_BYTES
      ? now(bytes, { maxOutputLength })
      : await unpackInTurn(() => later(bytes, { maxOutputLength }));
  } catch (error) {
    if (error instanceof RangeError && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE")
      throw new IntakeError(
        "payload_too_large",
        maxOutputLength === maxBytes
          ? `The body is more than ${maxBytes} bytes when unpacked; send smaller batches.`
          : `The body unpacks to more than ${maxRatio} times its size; send it uncompressed.`,
      );
    throw unreadableFrame(`The body is not valid ${encoding}.`);
  }
}

/** RFC 9110 means zlib's frame by `deflate`; some clients send what it holds alone. */
function hasZlibFrame(bytes: Buffer): boolean {
  return bytes.length > 1 && (bytes[0]! & 0x0f) === 8 && ((bytes[0]! << 8) | bytes[1]!) % 31 === 0;
}
