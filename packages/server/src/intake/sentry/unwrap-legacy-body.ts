import { inflateSync } from "node:zlib";
import { unreadableFrame } from "../intake-error.ts";

const BRACE = 0x7b;
const MAX_BYTES = 1024 * 1024;
const BASE64 = /^[A-Za-z0-9+/_=\s-]+$/;

/** A single event as its oldest clients send it: zlib in base64, without a header that says so. Anything else as it came. */
export function unwrapLegacyBody(bytes: Buffer): Buffer {
  if (bytes.length === 0 || bytes.length > MAX_BYTES || bytes[0] === BRACE) return bytes;
  const text = bytes.toString("latin1");
  if (!BASE64.test(text)) return bytes;
  try {
    return inflateSync(Buffer.from(text, "base64"), { maxOutputLength: MAX_BYTES });
  } catch {
    throw unreadableFrame("The body is neither JSON nor zlib in base64.");
  }
}
