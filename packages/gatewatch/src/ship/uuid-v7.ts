import { randomBytes, randomFillSync } from "node:crypto";

const POOL_BYTES = 16 * 64;
const pool = randomBytes(POOL_BYTES);
let used = POOL_BYTES;
let lastMs = 0;
let counter = 0;

/** A UUID version 7 (RFC 9562): sorts by the time of its making, also within one millisecond of one process. */
export function createUuidV7(nowMs: number): string {
  if (used >= POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const bytes = pool.subarray(used, used + 16);
  used += 16;
  if (nowMs > lastMs) {
    lastMs = nowMs;
    counter = 0;
  } else {
    counter += 1;
    if (counter > 0xfff) {
      lastMs += 1;
      counter = 0;
    }
  }
  bytes.writeUIntBE(lastMs, 0, 6);
  bytes[6] = 0x70 | (counter >> 8);
  bytes[7] = counter & 0xff;
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
