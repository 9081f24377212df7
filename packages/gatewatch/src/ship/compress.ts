import { promisify } from "node:util";
import * as zlib from "node:zlib";
import { WIRE_LIMITS } from "@gatewatch/protocol";
import type { Batch } from "./batch.ts";

/** Values of `Content-Encoding` that the server takes. */
export type Encoding = "identity" | "gzip" | "zstd";

export interface Packed {
  encoding: Encoding;
  bytes: Buffer;
}

/** Below this size compression costs more than it saves. */
const MIN_BYTES = 1024;
const GZIP_LEVEL = 4;
/** Columns hold few repeats beyond their dictionary: higher levels take twice the time for 4 % fewer bytes. */
const ZSTD_LEVEL = 1;
/** Up to this size zstd takes a few tenths of a millisecond, less than handing the bytes to another thread and back. */
const MAX_INLINE_BYTES = 128 * 1024;
/** Up to this size the server does not ask for the ratio. */
const RATIO_FREE_BYTES = 64 * 1024;

// A name that an older Node lacks would fail the import of the whole app, were it imported by name.
const { constants, gunzip, gzip, gzipSync, zstdCompress, zstdCompressSync, zstdDecompress } = zlib;

const gzipAsync = promisify(gzip);
const gunzipAsync = promisify(gunzip);
/** Absent before Node 22.15. */
const zstdAsync = typeof zstdCompress === "function" ? promisify(zstdCompress) : undefined;
const unzstdAsync = typeof zstdDecompress === "function" ? promisify(zstdDecompress) : undefined;

const ZSTD_OPTIONS = { params: { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL } };

/** The best encoding that this Node can make. */
export const BEST_ENCODING: Encoding = zstdAsync === undefined ? "gzip" : "zstd";

/** Compresses a batch, a large one on the thread pool; the result stays on the batch. */
export async function packBatch(batch: Batch, wanted: Encoding): Promise<Packed> {
  if (batch.packed !== undefined && (batch.packed.encoding === wanted || batch.packed.encoding === "identity"))
    return batch.packed;
  const { json } = batch;
  batch.packed = { encoding: "identity", bytes: json };
  if (json.length < MIN_BYTES || wanted === "identity") return batch.packed;
  const isZstd = wanted === "zstd" && zstdAsync !== undefined;
  const bytes = isZstd ? await packZstd(json, zstdAsync) : await gzipAsync(json, { level: GZIP_LEVEL });
  batch.packed = choose(json, { encoding: isZstd ? "zstd" : "gzip", bytes });
  return batch.packed;
}

function packZstd(json: Buffer, packLater: NonNullable<typeof zstdAsync>): Buffer | Promise<Buffer> {
  return json.length <= MAX_INLINE_BYTES ? zstdCompressSync(json, ZSTD_OPTIONS) : packLater(json, ZSTD_OPTIONS);
}

/** The same without a thread pool, for a process that is about to end. */
export function packBatchSync(batch: Batch): Packed {
  batch.packed ??= choose(batch.json, { encoding: "gzip", bytes: gzipSync(batch.json, { level: 1 }) });
  return batch.packed;
}

/** What shrinks too well looks like a decompression bomb to the server, and goes as it is. */
function choose(json: Buffer, packed: Packed): Packed {
  const isSuspect =
    json.length > RATIO_FREE_BYTES && json.length > packed.bytes.length * WIRE_LIMITS.maxCompressionRatio;
  return isSuspect ? { encoding: "identity", bytes: json } : packed;
}

/** Rejects for unknown encodings, damaged bytes and results over `maxBytes`. */
export async function unpackBytes(encoding: string, bytes: Buffer, maxBytes: number): Promise<Buffer> {
  switch (encoding) {
    case "identity":
      return bytes;
    case "gzip":
      return await gunzipAsync(bytes, { maxOutputLength: maxBytes });
    case "zstd":
      if (unzstdAsync !== undefined) return await unzstdAsync(bytes, { maxOutputLength: maxBytes });
  }
  throw new Error(`Cannot unpack the encoding "${encoding}".`);
}
