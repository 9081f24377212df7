import { promisify } from "node:util";
import { deflateRaw, gunzip, gzip, gzipSync, zstdCompress, zstdDecompress } from "node:zlib";
import type { Batch } from "./batch.ts";

/** Values of `Content-Encoding` that the server takes. */
export type Encoding = "identity" | "gzip" | "zstd";

/** Below this size compression costs more than it saves. */
const MIN_BYTES = 1024;
const LEVEL = 4;

const gzipAsync = promisify(gzip);
const gunzipAsync = promisify(gunzip);
const deflateRawAsync = promisify(deflateRaw);
/** Absent before Node 22.15. */
const zstdAsync = typeof zstdCompress === "function" ? promisify(zstdCompress) : undefined;
const unzstdAsync = typeof zstdDecompress === "function" ? promisify(zstdDecompress) : undefined;

/** The best encoding that this Node can make. */
export const BEST_ENCODING: Encoding = zstdAsync === undefined ? "gzip" : "zstd";

/** Compresses a batch on the thread pool; the result stays on the batch. */
export async function packBatch(batch: Batch, wanted: Encoding): Promise<{ encoding: Encoding; bytes: Buffer }> {
  if (batch.packed !== undefined && (batch.packed.encoding === wanted || batch.packed.encoding === "identity"))
    return batch.packed;
  batch.packed = { encoding: "identity", bytes: batch.json };
  if (batch.json.length < MIN_BYTES || wanted === "identity") return batch.packed;
  const bytes =
    wanted === "zstd" && zstdAsync !== undefined
      ? await zstdAsync(batch.json)
      : await gzipAsync(batch.json, { level: LEVEL });
  batch.packed = { encoding: wanted === "zstd" && zstdAsync !== undefined ? "zstd" : "gzip", bytes };
  return batch.packed;
}

/** The same without a thread pool, for a process that is about to end. */
export function packBatchSync(batch: Batch): { encoding: Encoding; bytes: Buffer } {
  batch.packed ??= { encoding: "gzip", bytes: gzipSync(batch.json, { level: 1 }) };
  return batch.packed;
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

/** One message of `permessage-deflate` without context takeover (RFC 7692, 7.2.1). */
export async function deflateMessage(bytes: Buffer): Promise<Buffer> {
  const deflated = await deflateRawAsync(bytes, { level: LEVEL, finishFlush: 2 });
  return deflated.subarray(0, deflated.length - 4);
}
