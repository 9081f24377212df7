import { promisify } from "node:util";
import { gunzip, gunzipSync, inflate, inflateSync, zstdDecompress, zstdDecompressSync } from "node:zlib";
import { WIRE_LIMITS } from "@gatewatch/protocol";
import { IntakeError, unreadableFrame } from "./intake-error.ts";
import { unpackInTurn } from "./unpack-in-turn.ts";

export type ContentEncoding = "identity" | Packing;
type Packing = "gzip" | "zstd" | "deflate";

/** Smaller bodies are unpacked at once: a trip to the thread pool would cost more. */
const SYNC_BYTES = 32 * 1024;
const RATIO_FREE_BYTES = 64 * 1024;

const UNPACK = {
  gzip: { now: gunzipSync, later: promisify(gunzip) },
  zstd: { now: zstdDecompressSync, later: promisify(zstdDecompress) },
  deflate: { now: inflateSync, later: promisify(inflate) },
};

/** The encoding that a `Content-Encoding` header names. @throws IntakeError for one that is not understood. */
export function parseContentEncoding(header: string | undefined): ContentEncoding {
  const name = (header ?? "identity").trim().toLowerCase();
  if (name === "" || name === "identity") return "identity";
  if (name === "gzip" || name === "x-gzip") return "gzip";
  if (name === "zstd" || name === "deflate") return name;
  throw new IntakeError("unsupported_media_type", "Content-Encoding must be gzip, zstd, deflate or identity.");
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
export async function decompress(bytes: Buffer, encoding: ContentEncoding, maxBytes: number): Promise<Buffer> {
  if (encoding === "identity") return bytes;
  if (bytes.length > WIRE_LIMITS.maxCompressedBytes)
    throw new IntakeError(
      "payload_too_large",
      `The compressed body is ${bytes.length} bytes; at most ${WIRE_LIMITS.maxCompressedBytes} are taken.`,
    );
  const byRatio = Math.max(RATIO_FREE_BYTES, bytes.length * WIRE_LIMITS.maxCompressionRatio);
  const maxOutputLength = Math.min(maxBytes, byRatio);
  try {
    const { now, later } = UNPACK[encoding];
    return bytes.length <= SYNC_BYTES
      ? now(bytes, { maxOutputLength })
      : await unpackInTurn(() => later(bytes, { maxOutputLength }));
  } catch (error) {
    if (error instanceof RangeError && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE")
      throw new IntakeError(
        "payload_too_large",
        maxOutputLength === maxBytes
          ? `The body is more than ${maxBytes} bytes when unpacked; send smaller batches.`
          : `The body unpacks to more than ${WIRE_LIMITS.maxCompressionRatio} times its size; send it uncompressed.`,
      );
    throw unreadableFrame(`The body is not valid ${encoding}.`);
  }
}
