import { checkSegmentHeader, findNextRecord, SEGMENT_HEADER_BYTES, tryReadRecord } from "./segment-format.ts";

/** Bytes of a segment, `to` not included. */
export interface ByteRange {
  from: number;
  to: number;
}

/** What the last segment holds after an unclean end. */
export type RecoveredSegment =
  | { kind: "sound"; end: number; records: number }
  /** The end is no whole record, and nothing proves that it ever was durable: cut it off. */
  | { kind: "torn"; end: number; records: number; tornBytes: number }
  /** Something inside was damaged after it had been durable. `end` is where the last sound record ends. */
  | { kind: "damaged"; end: number; records: number; damaged: ByteRange[]; reason: string };

/** Reads a whole segment from its beginning and tells a torn tail from damage. */
export function recoverSegment(buffer: Buffer, segment: number, maxRecordBytes: number): RecoveredSegment {
  // A crash while the segment was made leaves less than a header, and nothing in it can have been acknowledged.
  if (buffer.length < SEGMENT_HEADER_BYTES) return { kind: "torn", end: 0, records: 0, tornBytes: buffer.length };
  const reason = checkSegmentHeader(buffer.subarray(0, SEGMENT_HEADER_BYTES), segment);
  if (reason !== undefined) {
    if (isBlank(buffer)) return { kind: "torn", end: 0, records: 0, tornBytes: buffer.length };
    return { kind: "damaged", end: buffer.length, records: 0, damaged: [{ from: 0, to: buffer.length }], reason };
  }
  let end = SEGMENT_HEADER_BYTES;
  let records = 0;
  const damaged: ByteRange[] = [];
  for (;;) {
    const record = tryReadRecord(buffer, end, maxRecordBytes);
    if (typeof record === "object") {
      end = record.end;
      records++;
      continue;
    }
    const next = findLaterDurable(buffer, end, maxRecordBytes);
    if (next === undefined) break;
    damaged.push({ from: end, to: next });
    end = next;
  }
  if (damaged.length > 0) {
    const reason = "a record's checksum does not match, and later records prove that it had been safe";
    return { kind: "damaged", end, records, damaged, reason };
  }
  if (end === buffer.length) return { kind: "sound", end, records };
  return { kind: "torn", end, records, tornBytes: buffer.length - end };
}

/**
 * Offset of the next sound record, provided that a record from there on was made when `bad` was already durable.
 * Without such a witness the bytes after `bad` belong to a group whose fdatasync never ended.
 */
function findLaterDurable(buffer: Buffer, bad: number, maxRecordBytes: number): number | undefined {
  const first = findNextRecord(buffer, bad + 1, maxRecordBytes);
  let next = first;
  while (next) {
    if (next.record.durable > bad) return first?.offset;
    next = findNextRecord(buffer, next.record.end, maxRecordBytes);
  }
  return undefined;
}

function isBlank(buffer: Buffer): boolean {
  return buffer.every((byte) => byte === 0);
}
