import { randomFillSync } from "node:crypto";

/** One call into the system's generator serves this many bytes; a call for each id would cost ten times as much. */
const POOL_BYTES = 4096;
const ZERO = 0x30;
const pool = Buffer.allocUnsafe(POOL_BYTES);
let digits = "";
let used = 0;

/** Random lower-case hex digits, two per byte, never all zero (W3C Trace Context forbids zero ids). */
export function randomHex(bytes: number): string {
  const length = bytes * 2;
  if (used + length > digits.length) {
    digits = randomFillSync(pool).toString("hex");
    used = 0;
  }
  const text = digits.slice(used, used + length);
  used += length;
  return text.charCodeAt(0) !== ZERO || /[^0]/.test(text) ? text : randomHex(bytes);
}
