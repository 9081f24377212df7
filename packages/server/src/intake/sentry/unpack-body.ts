import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate, inflateRaw, zstdDecompress } from "node:zlib";
import { IntakeError, unreadableFrame } from "../intake-error.ts";
import { unpackInTurn } from "../unpack-in-turn.ts";

/** On the wire, compressed. */
export const MAX_PACKED_BYTES = 8 * 1024 * 1024;
/** After decompression, and of bodies that are not compressed. */
export const MAX_UNPACKED_BYTES = 20 * 1024 * 1024;

type Unpack = (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

const UNPACK: Readonly<Record<string, Unpack>> = {
  gzip: promisify(gunzip),
  "x-gzip": promisify(gunzip),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
  deflate: unpackDeflate,
};

/**
 * Unpacks a body by its `Content-Encoding`; output is made piece by piece and stops at its bound. Text that repeats itself
 * is packed a hundredfold by brotli, so that the ratio says nothing here.
 * @throws IntakeError when it is too large, broken, or of an encoding that is not understood.
 */
export async function unpackBody(bytes: Buffer, header: string | undefined, maxBytes: number): Promise<Buffer> {
  const encoding = (header ?? "").trim().toLowerCase();
  if (encoding === "" || encoding === "identity") return checkSize(bytes, maxBytes);
  const unpack = Object.hasOwn(UNPACK, encoding) ? UNPACK[encoding] : undefined;
  if (unpack === undefined)
    throw new IntakeError("unsupported_media_type", "Content-Encoding must be gzip, deflate, br, zstd or identity.");
  checkSize(bytes, MAX_PACKED_BYTES);
  try {
    return await unpackInTurn(() => unpack(bytes, { maxOutputLength: maxBytes }));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE")
      throw new IntakeError("payload_too_large", `The body is more than ${maxBytes} bytes when unpacked.`);
    throw unreadableFrame(`The body is not valid ${encoding}.`);
  }
}

/** With the frame of zlib, as the standard has it, or without, as some clients send it. */
async function unpackDeflate(bytes: Buffer, options: { maxOutputLength: number }): Promise<Buffer> {
  const framed = bytes.length > 1 && (bytes[0]! & 0x0f) === 8 && ((bytes[0]! << 8) | bytes[1]!) % 31 === 0;
  return promisify(framed ? inflate : inflateRaw)(bytes, options);
}

function checkSize(bytes: Buffer, maxBytes: number): Buffer {
  if (bytes.length <= maxBytes) return bytes;
  throw new IntakeError("payload_too_large", `The body is ${bytes.length} bytes; at most ${maxBytes} are taken.`);
}
