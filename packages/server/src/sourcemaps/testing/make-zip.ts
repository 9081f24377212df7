import { crc32, deflateRawSync } from "node:zlib";

/** Test support: ZIP archives, sound ones and such as nobody should write. */

export interface ZipFile {
  name: string;
  content: Buffer | string;
  /** @default deflated */
  stored?: boolean;
  /** What the directory claims, where that is not the truth. */
  claims?: Partial<{ bytes: number; packedBytes: number; crc: number; method: number; flags: number; at: number }>;
}

export interface ZipShape {
  /** Stands before the archive. */
  prefix?: Buffer;
  /** Of which the offsets know nothing. */
  hiddenPrefix?: Buffer;
  claimedEntries?: number;
}

export function makeZip(files: readonly ZipFile[], shape: ZipShape = {}): Buffer {
  const prefix = shape.prefix ?? Buffer.alloc(0);
  const parts: Buffer[] = [prefix];
  const centrals: Buffer[] = [];
  let at = prefix.length;
  for (const file of files) {
    const content = Buffer.from(file.content);
    const packed = file.stored === true ? content : deflateRawSync(content);
    const name = Buffer.from(file.name);
    const fields = {
      method: file.stored === true ? 0 : 8,
      flags: 0,
      crc: crc32(content),
      packedBytes: packed.length,
      bytes: content.length,
      at,
      ...file.claims,
    };
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    writeFields(local, 6, fields);
    local.writeUInt16LE(name.length, 26);
    parts.push(local, name, packed);
    at += local.length + name.length + packed.length;
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    writeFields(central, 8, fields);
    central.writeUInt16LE(name.length, 28);
    central.writeUInt32LE(fields.at, 42);
    centrals.push(central, name);
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(shape.claimedEntries ?? files.length, 8);
  end.writeUInt16LE(shape.claimedEntries ?? files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([shape.hiddenPrefix ?? Buffer.alloc(0), ...parts, directory, end]);
}

function writeFields(
  head: Buffer,
  at: number,
  fields: { flags: number; method: number; crc: number; packedBytes: number; bytes: number },
): void {
  head.writeUInt16LE(fields.flags, at);
  head.writeUInt16LE(fields.method, at + 2);
  head.writeUInt32LE(fields.crc >>> 0, at + 8);
  head.writeUInt32LE(fields.packedBytes, at + 12);
  head.writeUInt32LE(fields.bytes, at + 16);
}
