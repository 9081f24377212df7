import { crc32 } from "node:zlib";
import type { JournalRecord } from "../model/journal.ts";

/**
 * A segment is a header (16 bytes: magic, version, number) and then records, each:
 *
 *   u32 length   of all that follows the checksum
 *   u32 crc32    over the length and all that follows the checksum
 *   u32 durable  offset in this segment that was durable when the record was made
 *   u32 project · f64 receivedAt · 16 bytes batch id · body
 *
 * All numbers are little-endian. `durable` tells a torn tail (nothing later ever claimed that it was safe) from damage.
 */
export const SEGMENT_VERSION = 1;
export const SEGMENT_HEADER_BYTES = 16;
/** Bytes of a record besides its body. */
export const RECORD_HEADER_BYTES = 40;
const FRAME_BYTES = 8;
const MAGIC = Buffer.from("GWJOURNL", "latin1");

export function segmentName(segment: number): string {
  return `${String(segment).padStart(10, "0")}.journal`;
}

/** The number in a segment's file name; undefined for other files. */
export function trySegmentNumber(name: string): number | undefined {
  const match = /^(\d{10})\.journal$/.exec(name);
  return match ? Number(match[1]) : undefined;
}

export function encodeSegmentHeader(segment: number): Uint8Array {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt32LE(SEGMENT_VERSION, 8);
  header.writeUInt32LE(segment, 12);
  return header;
}

/** Why a header cannot be used, in words; undefined when it is sound. */
export function checkSegmentHeader(header: Uint8Array, segment: number): string | undefined {
  const view = Buffer.from(header.buffer, header.byteOffset, header.byteLength);
  if (!view.subarray(0, 8).equals(MAGIC)) return "it does not begin with the journal's mark";
  const version = view.readUInt32LE(8);
  if (version !== SEGMENT_VERSION) return `its format version is ${version}, this server reads ${SEGMENT_VERSION}`;
  if (view.readUInt32LE(12) !== segment) return `it carries the number ${view.readUInt32LE(12)}`;
  return undefined;
}

/** The bytes that stand before `record.body`. */
export function encodeRecordHeader(record: JournalRecord, durable: number): Uint8Array {
  const header = Buffer.allocUnsafe(RECORD_HEADER_BYTES);
  header.writeUInt32LE(RECORD_HEADER_BYTES - FRAME_BYTES + record.body.length, 0);
  header.writeUInt32LE(durable, 8);
  header.writeUInt32LE(record.projectId, 12);
  header.writeDoubleLE(record.receivedAt, 16);
  header.set(record.batchId, 24);
  const sum = crc32(header.subarray(FRAME_BYTES), crc32(header.subarray(0, 4)));
  header.writeUInt32LE(crc32(record.body, sum), 4);
  return header;
}

export interface ScannedRecord extends JournalRecord {
  /** Offset just after the record, relative to the buffer. */
  end: number;
  durable: number;
}

/** The record at `offset`; "short" when the buffer ends inside it, "bad" when the bytes are none. */
export function tryReadRecord(buffer: Buffer, offset: number, maxRecordBytes: number): ScannedRecord | "short" | "bad" {
  if (offset + FRAME_BYTES > buffer.length) return "short";
  const length = buffer.readUInt32LE(offset);
  if (length < RECORD_HEADER_BYTES - FRAME_BYTES || length > maxRecordBytes) return "bad";
  const end = offset + FRAME_BYTES + length;
  if (end > buffer.length) return "short";
  const sum = crc32(buffer.subarray(offset + FRAME_BYTES, end), crc32(buffer.subarray(offset, offset + 4)));
  if (sum !== buffer.readUInt32LE(offset + 4)) return "bad";
  return {
    end,
    durable: buffer.readUInt32LE(offset + 8),
    projectId: buffer.readUInt32LE(offset + 12),
    receivedAt: buffer.readDoubleLE(offset + 16),
    batchId: buffer.subarray(offset + 24, offset + 40),
    body: buffer.subarray(offset + RECORD_HEADER_BYTES, end),
  };
}

/** First sound record at or after `offset`; undefined when there is none. */
export function findNextRecord(
  buffer: Buffer,
  offset: number,
  maxRecordBytes: number,
): { offset: number; record: ScannedRecord } | undefined {
  // Text of a body reads as a length of half a gigabyte, so nearly every offset is refused by one comparison.
  for (let at = offset; at + RECORD_HEADER_BYTES <= buffer.length; at++) {
    const record = tryReadRecord(buffer, at, maxRecordBytes);
    if (typeof record === "object") return { offset: at, record };
  }
  return undefined;
}
