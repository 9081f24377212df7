import { hash } from "node:crypto";
import { formatUuid, readUuidTime } from "@gatewatch/protocol/uuid-v7";
import { makeStreamUuid, toUuidBytes } from "../../model/stream-uuid.ts";

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;

/** Whether a text is a UUID, of whatever kind. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** Id of an anomaly that is stored, in this project only. */
export function makeAnomalyUuid(projectId: number, id: number): string {
  const bytes = toUuidBytes(hash("sha256", `anomaly ${projectId} ${id}`, "buffer"));
  writeUint48(bytes, id);
  return formatUuid(bytes);
}

/** The number of a stored anomaly; undefined for what `makeAnomalyUuid` did not make for this project. */
export function parseAnomalyUuid(projectId: number, uuid: string): number | undefined {
  const id = readUuidTime(toBytes(uuid));
  return makeAnomalyUuid(projectId, id) === uuid.toLowerCase() ? id : undefined;
}

/**
 * Id of one flagged event before it is stored: when it came, into which stream, and the field that stands out most. The stored anomaly is found
 * by that, although several events in a row become one.
 */
export function makeOccurrenceUuid(projectId: number, stream: string, atMs: number, field: string): string {
  const bytes = toBytes(makeStreamUuid(projectId, stream));
  const mark = hashField(field);
  writeUint48(bytes, atMs);
  bytes[6] = 0x80 | (mark >> 8);
  bytes[7] = mark & 0xff;
  return formatUuid(bytes);
}

export interface Occurrence {
  atMs: number;
  isOfStream(stream: string): boolean;
  isOfField(field: string): boolean;
}

/** What a UUID of `makeOccurrenceUuid` says. */
export function readOccurrence(projectId: number, uuid: string): Occurrence {
  const bytes = toBytes(uuid);
  const tail = uuid.toLowerCase().slice(19);
  const mark = ((bytes[6]! & 0x0f) << 8) | bytes[7]!;
  return {
    atMs: readUuidTime(bytes),
    isOfStream: (stream) => makeStreamUuid(projectId, stream).slice(19) === tail,
    isOfField: (field) => hashField(field) === mark,
  };
}

function hashField(field: string): number {
  return hash("sha256", field, "buffer").readUInt16BE(0) & 0x0fff;
}

function toBytes(uuid: string): Uint8Array {
  return Uint8Array.from(Buffer.from(uuid.replaceAll("-", ""), "hex"));
}

function writeUint48(bytes: Uint8Array, value: number): void {
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.floor(value / 2 ** 32));
  view.setUint32(2, value);
}
