/** First line of an archive: what it holds and where ids and partitions were. */
export interface ArchiveHeader {
  format: "gatewatch-postgres";
  version: 1;
  schemaVersion: number;
  createdAt: number;
  sequences: { name: string; value: number }[];
  partitions: { table: "chunk" | "batch"; day: string }[];
}

/** Announces the rows of one table, which follow in COPY's text format as frames until an empty one. */
export interface ArchiveTable {
  table: string;
  columns: string[];
}

/** Every frame is its length in four bytes, then its bytes; one of length 0 ends a table, and a table without a name ends the archive. */
export function toFrame(bytes: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(4 + bytes.length);
  frame.writeUInt32BE(bytes.length);
  frame.set(bytes, 4);
  return frame;
}

export const END_OF_TABLE: Buffer = toFrame(new Uint8Array(0));

export function toJsonFrame(value: ArchiveHeader | ArchiveTable): Buffer {
  return toFrame(Buffer.from(JSON.stringify(value)));
}

/** Cuts a stream of bytes into the frames that were written to it. Throws when it ends in the middle of one. */
export async function* readFrames(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let pending = Buffer.alloc(0);
  for await (const part of source) {
    pending = Buffer.concat([pending, part]);
    while (pending.length >= 4) {
      const end = 4 + pending.readUInt32BE();
      if (pending.length < end) break;
      yield pending.subarray(4, end);
      pending = pending.subarray(end);
    }
  }
  if (pending.length > 0) throw new Error("The archive ends in the middle of a frame.");
}
