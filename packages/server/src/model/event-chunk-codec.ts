import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { type ChunkBatch, findBatch, readBatches, writeBatches } from "./chunk-batches.ts";
import { readBlock, readNumbers, readUnsigned, writeBlock, writeNumbers, writeUnsigned } from "./column-codec.ts";

/** The events of one batch that are not requests, on their way into a chunk of their kind. */
export interface EventPart extends Omit<ChunkBatch, "firstRow" | "rows"> {
  /** `json` as text or as its UTF-8 bytes. */
  events: { index: number; time: number; json: string | Uint8Array }[];
}

/** One event as read back. */
export interface ChunkEvent {
  batch: ChunkBatch;
  /** Position in its batch. */
  index: number;
  time: number;
  json: string;
}

const VERSION = 1;
const KIND_EVENTS = 2;

/** Encodes events as one chunk: the lines of their JSON, compressed, beside an index of lengths and times. */
export function encodeEventChunk(parts: readonly EventPart[]): {
  body: Uint8Array;
  count: number;
  minTime: number;
  maxTime: number;
} {
  const all = parts.flatMap((part) => part.events);
  const writer = new ByteWriter(1024);
  writer.byte(VERSION);
  writer.byte(KIND_EVENTS);
  writer.varint(all.length);
  writeBatches(
    writer,
    parts.map((part) => ({ ...part, rows: part.events.length })),
  );
  const times = Float64Array.from(all, (event) => event.time);
  writeNumbers(writer, times);
  const indexes = Uint32Array.from(all, (event) => event.index);
  writeUnsigned(writer, indexes, max(indexes), true);
  const lines = all.map(({ json }) => (typeof json === "string" ? Buffer.from(json) : json));
  const lengths = Uint32Array.from(lines, (line) => line.length);
  writeUnsigned(writer, lengths, max(lengths), true);
  writeBlock(writer, Buffer.concat(lines), true);
  return { body: writer.finish(), count: all.length, minTime: times.reduce(least, Infinity), maxTime: max(times) };
}

/** Reads what `encodeEventChunk` wrote; throws a RangeError when the bytes are damaged or of an unknown version. */
export function decodeEventChunk(body: Uint8Array): ChunkEvent[] {
  const reader = new ByteReader(body);
  const version = reader.byte();
  if (version !== VERSION)
    throw new RangeError(`A chunk of version ${version} was found; this server knows ${VERSION}.`);
  const kind = reader.byte();
  if (kind !== KIND_EVENTS) throw new RangeError(`A chunk of events was expected, not of kind ${kind}.`);
  const n = reader.varint();
  const count = reader.varint();
  const table = new ByteReader(readBlock(reader));
  const batches = readBatches(table, count, readBlock(reader));
  const times = readNumbers(reader, n);
  const indexes = readUnsigned(reader, n);
  const lengths = readUnsigned(reader, n);
  const text = Buffer.from(readBlock(reader));
  let at = 0;
  return Array.from({ length: n }, (_, row) => {
    const json = text.toString("utf8", at, at + lengths[row]!);
    at += lengths[row]!;
    return { batch: findBatch(batches, row), index: indexes[row]!, time: times.get(row) ?? 0, json };
  });
}

function least(a: number, b: number): number {
  return a < b ? a : b;
}

function max(values: Uint32Array | Float64Array): number {
  let greatest = 0;
  for (const value of values) if (value > greatest) greatest = value;
  return greatest;
}
