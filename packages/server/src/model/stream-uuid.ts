import { hash } from "node:crypto";
import { formatUuid } from "@gatewatch/protocol/uuid-v7";

/** The id of an event stream for clients that know streams by UUID: always the same, and another in every project. */
export function makeStreamUuid(projectId: number, stream: string): string {
  return formatUuid(toUuidBytes(hash("sha256", `stream ${projectId} ${stream}`, "buffer")));
}

/** The first 16 bytes as a UUID of version 8 (RFC 9562, section 5.8). */
export function toUuidBytes(bytes: Uint8Array): Uint8Array {
  const uuid = Uint8Array.from(bytes.subarray(0, 16));
  uuid[6] = 0x80 | (uuid[6]! & 0x0f);
  uuid[8] = 0x80 | (uuid[8]! & 0x3f);
  return uuid;
}
