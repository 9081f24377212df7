import { randomFillSync } from "node:crypto";

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
  const id = new Uint8Array(16);
  randomFillSync(id);
  let rest = nowMs;
  for (let at = 5; at >= 0; at--) {
    id[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  id[6] = 0x70 | (id[6]! & 0x0f);
  id[8] = 0x80 | (id[8]! & 0x3f);
  return id;
}

/** `0197a3f4-5c1e-7d20-8f43-2b9f6c0d1e2a` */
export function formatBatchId(id: Uint8Array): string {
  const hex = Buffer.from(id.buffer, id.byteOffset, id.byteLength).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
