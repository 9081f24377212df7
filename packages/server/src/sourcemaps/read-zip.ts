import { promisify } from "node:util";
import { crc32, inflateRaw } from "node:zlib";
import { BundleError } from "./bundle-error.ts";

/** A file of an archive; its name is looked up and never used as a path. */
export interface ZipEntry {
  name: string;
  /** Unpacked, as the archive says; `read` holds it to that. */
  bytes: number;
  /** @throws BundleError when it is damaged, or not as long as it says. */
  read(): Promise<Buffer>;
}

export interface ZipLimits {
  entries: number;
  /** Of one entry, unpacked. */
  entryBytes: number;
  /** Of all entries, unpacked. */
  unpackedBytes: number;
}

const END_SIGNATURE = 0x06054b50;
const END_BYTES = 22;
const CENTRAL_SIGNATURE = 0x02014b50;
const CENTRAL_BYTES = 46;
const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_BYTES = 30;
const MAX_COMMENT_BYTES = 0xffff;
const MAX_NAME_BYTES = 2048;
const ENCRYPTED = 1;
const STORED = 0;
const DEFLATED = 8;
/** A size or count that stands in the fields of the larger format. */
const ZIP64_COUNT = 0xffff;
const ZIP64_SIZE = 0xffff_ffff;

const inflate = promisify(inflateRaw);

/** The central directory, checked; anything may stand before the archive, as bundles have a mark there. */
interface Directory {
  entries: number;
  from: number;
  to: number;
  /** What has to be added to every offset. */
  shift: number;
}

/** What the directory says of an entry. */
interface Central {
  name: string;
  flags: number;
  method: number;
  crc: number;
  packedBytes: number;
  bytes: number;
  /** Of its local header. */
  at: number;
}

/**
 * The files of an archive by name; nothing is unpacked before it is read. Entries that share bytes, that claim more than the limits,
 * or that are named twice refuse the whole archive.
 * Source: APPNOTE.TXT 6.3.10, without encryption, several disks and ZIP64.
 * @throws BundleError
 */
export function readZip(bytes: Buffer, limits: ZipLimits): Map<string, ZipEntry> {
  const directory = findDirectory(bytes, limits);
  const centrals = readCentrals(bytes, directory, limits);
  const spans = centrals.map((central) => ({ central, ...locate(bytes, central, directory) }));
  let end = 0;
  for (const { central, from, to } of spans.toSorted((a, b) => a.central.at - b.central.at)) {
    if (central.at < end) throw new BundleError(`The archive's file ${show(central.name)} shares bytes with another.`);
    end = Math.max(from, to);
  }
  const entries = new Map<string, ZipEntry>();
  for (const { central, from, to } of spans) {
    if (entries.has(central.name)) throw new BundleError(`The archive holds ${show(central.name)} twice.`);
    const { name, bytes: size } = central;
    entries.set(name, { name, bytes: size, read: () => unpack(bytes.subarray(from, to), central) });
  }
  return entries;
}

function findDirectory(bytes: Buffer, limits: ZipLimits): Directory {
  const at = findEnd(bytes);
  const entries = bytes.readUInt16LE(at + 10);
  const size = bytes.readUInt32LE(at + 12);
  const offset = bytes.readUInt32LE(at + 16);
  if (entries === ZIP64_COUNT || size === ZIP64_SIZE || offset === ZIP64_SIZE)
    throw new BundleError("The archive is of the kind for more than 65,534 files or 4 GiB, which is not taken.");
  if (bytes.readUInt16LE(at + 4) !== 0 || bytes.readUInt16LE(at + 8) !== entries)
    throw new BundleError("The archive is one of several parts.");
  if (entries > limits.entries)
    throw new BundleError(`The archive holds ${entries} files; at most ${limits.entries} are taken.`);
  const shift = at - size - offset;
  if (shift < 0) throw new BundleError("The archive's directory lies outside of it.");
  return { entries, from: at - size, to: at, shift };
}

/** The archive's end is the last thing in it but a comment. */
function findEnd(bytes: Buffer): number {
  const first = Math.max(0, bytes.length - END_BYTES - MAX_COMMENT_BYTES);
  for (let at = bytes.length - END_BYTES; at >= first; at--)
    if (bytes.readUInt32LE(at) === END_SIGNATURE && at + END_BYTES + bytes.readUInt16LE(at + 20) === bytes.length)
      return at;
  throw new BundleError("The bundle is no ZIP archive, or its end is missing.");
}

function readCentrals(bytes: Buffer, directory: Directory, limits: ZipLimits): Central[] {
  const centrals: Central[] = [];
  let at = directory.from;
  let unpacked = 0;
  for (let index = 0; index < directory.entries; index++) {
    if (at + CENTRAL_BYTES > directory.to || bytes.readUInt32LE(at) !== CENTRAL_SIGNATURE)
      throw new BundleError("The archive's directory is damaged.");
    const nameBytes = bytes.readUInt16LE(at + 28);
    const end = at + CENTRAL_BYTES + nameBytes + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
    if (end > directory.to || nameBytes > MAX_NAME_BYTES) throw new BundleError("The archive's directory is damaged.");
    const central = readCentral(bytes, at, nameBytes);
    checkCentral(central, limits);
    unpacked += central.bytes;
    if (unpacked > limits.unpackedBytes)
      throw new BundleError(`The archive is more than ${limits.unpackedBytes} bytes when unpacked.`);
    centrals.push(central);
    at = end;
  }
  return centrals;
}

function readCentral(bytes: Buffer, at: number, nameBytes: number): Central {
  return {
    name: bytes.toString("utf8", at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes),
    flags: bytes.readUInt16LE(at + 8),
    method: bytes.readUInt16LE(at + 10),
    crc: bytes.readUInt32LE(at + 16),
    packedBytes: bytes.readUInt32LE(at + 20),
    bytes: bytes.readUInt32LE(at + 24),
    at: bytes.readUInt32LE(at + 42),
  };
}

function checkCentral(central: Central, limits: ZipLimits): void {
  const name = show(central.name);
  if ((central.flags & ENCRYPTED) !== 0) throw new BundleError(`The archive's file ${name} is encrypted.`);
  if (central.method !== STORED && central.method !== DEFLATED)
    throw new BundleError(
      `The archive's file ${name} is packed by method ${central.method}; stored or deflated ones are taken.`,
    );
  if (central.method === STORED && central.packedBytes !== central.bytes)
    throw new BundleError(`The archive's file ${name} is stored with two different sizes.`);
  if (central.bytes > limits.entryBytes)
    throw new BundleError(
      `The archive's file ${name} is ${central.bytes} bytes when unpacked; at most ${limits.entryBytes} are taken.`,
    );
}

/** Where the packed bytes of an entry lie. */
function locate(bytes: Buffer, central: Central, { from: end, shift }: Directory): { from: number; to: number } {
  central.at += shift;
  const { at } = central;
  if (at + LOCAL_BYTES > end || bytes.readUInt32LE(at) !== LOCAL_SIGNATURE)
    throw new BundleError(`The archive's file ${show(central.name)} is not where its directory says.`);
  const from = at + LOCAL_BYTES + bytes.readUInt16LE(at + 26) + bytes.readUInt16LE(at + 28);
  const to = from + central.packedBytes;
  if (to > end) throw new BundleError(`The archive's file ${show(central.name)} reaches beyond its end.`);
  return { from, to };
}

async function unpack(packed: Buffer, { name, method, bytes, crc }: Central): Promise<Buffer> {
  // One byte more than it claims is enough to know that it lies.
  const content =
    method === STORED
      ? packed
      : await inflate(packed, { maxOutputLength: bytes + 1 }).catch(() => {
          throw new BundleError(`The archive's file ${show(name)} cannot be unpacked, or is longer than it says.`);
        });
  if (content.length !== bytes || crc32(content) !== crc)
    throw new BundleError(`The archive's file ${show(name)} is not what its directory says.`);
  return content;
}

function show(name: string): string {
  return JSON.stringify(name.slice(0, 200));
}
