import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { ErrorEvent } from "@gatewatch/protocol";

const MAX_UNPACKED_BYTES = 4 * 1024 * 1024;
const OPTIONS = { params: { [constants.ZSTD_c_compressionLevel]: 3 } };

/** The stored form of an event: zstd of its JSON. */
export function packEvent(event: ErrorEvent): Uint8Array {
  return zstdCompressSync(Buffer.from(JSON.stringify(event)), OPTIONS);
}

/** Reads what `packEvent` wrote; throws on damaged bytes or on more than 4 MiB of text. */
export function unpackEvent(body: Uint8Array): ErrorEvent {
  return JSON.parse(zstdDecompressSync(body, { maxOutputLength: MAX_UNPACKED_BYTES }).toString("utf8")) as ErrorEvent;
}
