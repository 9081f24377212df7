import { randomFillSync } from "node:crypto";

/** One call into the system's generator serves this many bytes; a call for each id would cost ten times as much. */
const POOL_BYTES = 4096;
const pool = Buffer.allocUnsafe(POOL_BYTES);
let used = POOL_BYTES;

/** Random lower-case hex digits, two per byte, never all zero (W3C Trace Context forbids zero ids). */
export function randomHex(bytes: number): string {
  if (used + bytes > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const text = pool.toString("hex", used, used + bytes);
  used += bytes;
  return /[^0]/.test(text) ? text : randomHex(bytes);
}
