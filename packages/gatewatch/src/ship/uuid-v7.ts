import { randomBytes, randomFillSync } from "node:crypto";
import { formatUuid, makeUuidV7 } from "@gatewatch/protocol/uuid-v7";

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
  const random = pool.subarray(used, used + 16);
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
  return formatUuid(makeUuidV7(random, lastMs, counter));
}
