import { randomBytes } from "node:crypto";
import { formatUuid, makeUuidV7 } from "@gatewatch/protocol/uuid-v7";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The 16 bytes of a UUID; undefined when it is none. */
export function tryParseBatchId(text: unknown): Uint8Array | undefined {
  if (typeof text !== "string" || !UUID.test(text)) return undefined;
  const id = new Uint8Array(16);
  let at = 0;
  for (let index = 0; index < 36; index += 2) {
    if (text.charCodeAt(index) === 0x2d) index++;
    id[at++] = Number.parseInt(text.slice(index, index + 2), 16);
  }
  return id;
}

/** A new UUIDv7 (RFC 9562) for clients that make no id of their own. */
export function makeBatchId(nowMs: number): Uint8Array {
  return makeUuidV7(randomBytes(16), nowMs);
}

/** `0197a3f4-5c1e-7d20-8f43-2b9f6c0d1e2a` */
export function formatBatchId(id: Uint8Array): string {
  return formatUuid(id);
}
