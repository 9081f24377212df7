import type { Resource } from "@gatewatch/protocol";
import type { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { writeBlock } from "./column-codec.ts";

/** What the rows of one batch have in common inside a chunk. */
export interface ChunkBatch {
  /** 16 bytes. */
  batchId: Uint8Array;
  receivedAt: number;
  resource: Resource | undefined;
  /** First row in the chunk. */
  firstRow: number;
  rows: number;
}

export function writeBatches(writer: ByteWriter, batches: readonly Omit<ChunkBatch, "firstRow">[]): void {
  const resources = new Map<string, number>();
  const table = new ByteWriter(batches.length * 24);
  const base = Math.min(...batches.map((batch) => batch.receivedAt));
  table.varint(base);
  for (const batch of batches) {
    const text = batch.resource === undefined ? "null" : JSON.stringify(batch.resource);
    let resource = resources.get(text);
    if (resource === undefined) resources.set(text, (resource = resources.size));
    table.raw(batch.batchId);
    table.varint(batch.receivedAt - base);
    table.varint(resource);
    table.varint(batch.rows);
  }
  writer.varint(batches.length);
  writeBlock(writer, table.finish(), false);
  writeBlock(writer, Buffer.from(`[${[...resources.keys()].join(",")}]`), true);
}

export function readBatches(table: ByteReader, count: number, resourceBytes: Uint8Array): ChunkBatch[] {
  const resources = JSON.parse(Buffer.from(resourceBytes).toString()) as (Resource | null)[];
  const base = table.varint();
  const batches: ChunkBatch[] = [];
  let firstRow = 0;
  for (let i = 0; i < count; i++) {
    const batchId = table.raw(16);
    const receivedAt = base + table.varint();
    const resource = resources[table.varint()] ?? undefined;
    const rows = table.varint();
    batches.push({ batchId, receivedAt, resource, firstRow, rows });
    firstRow += rows;
  }
  return batches;
}

/** The batch that a row came in. */
export function findBatch(batches: readonly ChunkBatch[], row: number): ChunkBatch {
  let low = 0;
  let high = batches.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (batches[middle]!.firstRow <= row) low = middle;
    else high = middle - 1;
  }
  return batches[low]!;
}
