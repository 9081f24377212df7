import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";

/** Numbers of one column; `nulls` tells that 0 stands for absent and every value is one too great. */
export interface NumberView {
  base: number;
  values: Uint8Array | Uint16Array | Uint32Array | Float64Array;
  nulls: boolean;
  /** The value of a row; null where it is absent. */
  get(row: number): number | null;
}

const ZSTD_LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
const PLAIN = 0;
const ZSTD = 1;
/** zstd costs about 30 µs a call whatever the length. */
const MIN_ZSTD_BYTES = 160;

/** Writes bytes, compressed when that makes them clearly smaller. */
export function writeBlock(writer: ByteWriter, bytes: Uint8Array, tryZstd: boolean): void {
  if (tryZstd && bytes.length >= MIN_ZSTD_BYTES) {
    const packed = zstdCompressSync(bytes, ZSTD_LEVEL);
    if (packed.length < bytes.length * 0.92) {
      writer.byte(ZSTD);
      writer.varint(bytes.length);
      writer.varint(packed.length);
      writer.raw(packed);
      return;
    }
  }
  writer.byte(PLAIN);
  writer.varint(bytes.length);
  writer.raw(bytes);
}

export function readBlock(reader: ByteReader): Uint8Array {
  const form = reader.byte();
  const length = reader.varint();
  if (form === PLAIN) return reader.raw(length);
  if (form !== ZSTD) throw new RangeError(`A block of the unknown form ${form} was found.`);
  return zstdDecompressSync(reader.raw(reader.varint()), { maxOutputLength: Math.max(1, length) });
}

type Unsigned = Uint8Array | Uint16Array | Uint32Array;

/** Writes whole numbers from 0 to 2^32 - 1 in the narrowest width that holds `max`, or once when all are equal; little-endian as every supported platform is. */
export function writeUnsigned(writer: ByteWriter, values: Unsigned, max: number, tryZstd = false): void {
  if (isConstant(values)) {
    writer.byte(0);
    writer.varint(values[0] ?? 0);
    return;
  }
  const width = max < 0x100 ? 1 : max < 0x1_0000 ? 2 : 4;
  const narrow =
    values.BYTES_PER_ELEMENT === width
      ? values
      : width === 1
        ? Uint8Array.from(values)
        : width === 2
          ? Uint16Array.from(values)
          : Uint32Array.from(values);
  writer.byte(width);
  writeBlock(writer, new Uint8Array(narrow.buffer, narrow.byteOffset, narrow.byteLength), tryZstd);
}

function isConstant(values: Unsigned): boolean {
  const first = values[0];
  for (let i = 1; i < values.length; i++) if (values[i] !== first) return false;
  return true;
}

export function readUnsigned(reader: ByteReader, n: number): Unsigned {
  const width = reader.byte();
  if (width === 0) return new Uint32Array(n).fill(reader.varint());
  const bytes = readBlock(reader);
  if (width === 1) return bytes;
  const aligned = new Uint8Array(bytes).buffer;
  if (width === 2) return new Uint16Array(aligned);
  if (width === 4) return new Uint32Array(aligned);
  throw new RangeError(`Numbers of the unknown width ${width} were found.`);
}

const NUMBER_CONSTANT = 0;
const NUMBER_WHOLE = 1;
const NUMBER_FLOAT = 2;
const NUMBER_WHOLE_OR_NULL = 3;

/** Writes one column of numbers; NaN stands for absent. */
export function writeNumbers(writer: ByteWriter, values: Float64Array, tryZstd = false): void {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let nulls = false;
  let whole = true;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value !== value) nulls = true;
    else {
      if (value < min) min = value;
      if (value > max) max = value;
      if (value !== Math.floor(value)) whole = false;
    }
  }
  // Nothing to write, or nothing but absent values.
  if (min > max) min = max = 0;
  // A small base is left out: durations keep their own scale, and absent values their zero.
  const base = nulls || min < 0x1_0000 ? 0 : min;
  if (!(whole && min >= 0 && max <= Number.MAX_SAFE_INTEGER && max - base < 0xffff_fff0)) {
    writer.byte(NUMBER_FLOAT);
    writeBlock(writer, new Uint8Array(values.buffer, values.byteOffset, values.byteLength), true);
    return;
  }
  if (!nulls && min === max) {
    writer.byte(NUMBER_CONSTANT);
    writer.varint(min);
    return;
  }
  const shift = nulls ? 1 : -base;
  const greatest = max + shift;
  const narrow =
    greatest < 0x100
      ? new Uint8Array(values.length)
      : greatest < 0x1_0000
        ? new Uint16Array(values.length)
        : new Uint32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    narrow[i] = value === value ? value + shift : 0;
  }
  writer.byte(nulls ? NUMBER_WHOLE_OR_NULL : NUMBER_WHOLE);
  writer.varint(base);
  writeUnsigned(writer, narrow, greatest, tryZstd);
}

export function readNumbers(reader: ByteReader, n: number): NumberView {
  const form = reader.byte();
  if (form === NUMBER_CONSTANT) return createNumberView(reader.varint(), new Uint8Array(n), false);
  if (form === NUMBER_WHOLE || form === NUMBER_WHOLE_OR_NULL) {
    const base = reader.varint();
    return createNumberView(base, readUnsigned(reader, n), form === NUMBER_WHOLE_OR_NULL);
  }
  if (form !== NUMBER_FLOAT) throw new RangeError(`Numbers of the unknown form ${form} were found.`);
  return createNumberView(0, new Float64Array(new Uint8Array(readBlock(reader)).buffer), false);
}

export function createNumberView(base: number, values: NumberView["values"], nulls: boolean): NumberView {
  return {
    base,
    values,
    nulls,
    get(row) {
      const value = values[row];
      if (value === undefined || value !== value) return null;
      if (!nulls) return base + value;
      return value === 0 ? null : value - 1;
    },
  };
}

const STRINGS_TEXT = 0;
const STRINGS_HEX = 1;
const STRINGS_UUID = 2;

/** Writes a list of strings: hexadecimal of one length and UUIDs as their bytes, everything else as text. */
export function writeStrings(writer: ByteWriter, values: readonly (string | null)[]): void {
  if (!writeHexadecimal(writer, values)) writeText(writer, values);
}

function writeText(writer: ByteWriter, values: readonly (string | null)[]): void {
  const lengths = new Uint32Array(values.length);
  let max = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    // Zero stands for absent, so that the empty string keeps a length of its own.
    const length = value == null ? 0 : value.length + 1;
    lengths[i] = length;
    if (length > max) max = length;
  }
  writer.byte(STRINGS_TEXT);
  writeUnsigned(writer, lengths, max, true);
  // UTF-16 where a lone surrogate would not survive UTF-8.
  const text = values.join("");
  const utf8 = text.isWellFormed();
  writer.byte(utf8 ? 1 : 0);
  writeBlock(writer, Buffer.from(text, utf8 ? "utf8" : "utf16le"), true);
}

const HYPHEN = 45;
const NOT_HEX = 0xff;
/** Value of each lower-case hexadecimal digit's code. */
const HEX_VALUE = new Uint8Array(256).fill(NOT_HEX);
for (let digit = 0; digit < 16; digit++) HEX_VALUE[digit.toString(16).charCodeAt(0)] = digit;

function writeHexadecimal(writer: ByteWriter, values: readonly (string | null)[]): boolean {
  const length = values.find((value) => value != null)?.length ?? 0;
  const uuid = length === 36;
  if (length === 0 || length > 128 || (!uuid && length % 2 === 1)) return false;
  let absent = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value == null) absent++;
    else if (value.length !== length) return false;
  }
  // In UTF-8 a character beyond ASCII makes the text longer, so that it cannot pass for a digit.
  const text = Buffer.from(values.join(""), "utf8");
  const present = values.length - absent;
  if (text.length !== present * length) return false;
  const bytesEach = uuid ? 16 : length / 2;
  const bytes = uuid ? tryParseUuids(text, present) : tryParseHex(text);
  if (!bytes) return false;
  writer.byte(uuid ? STRINGS_UUID : STRINGS_HEX);
  writer.byte(bytesEach);
  if (absent === 0) writer.byte(0);
  else {
    writer.byte(1);
    writeUnsigned(
      writer,
      Uint8Array.from(values, (value) => (value == null ? 0 : 1)),
      1,
      true,
    );
  }
  // Random ids do not shrink; ids that begin with their time do.
  writeBlock(writer, bytes, uuid && bytes[6]! >> 4 === 7);
  return true;
}

function tryParseHex(text: Uint8Array): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length >> 1);
  let seen = 0;
  for (let i = 0; i < bytes.length; i++) {
    const high = HEX_VALUE[text[2 * i]!]!;
    const low = HEX_VALUE[text[2 * i + 1]!]!;
    seen |= high | low;
    bytes[i] = (high << 4) | low;
  }
  return seen < 16 ? bytes : undefined;
}

/** Where the two digits of each byte stand in a UUID's text. */
const UUID_DIGITS = Uint8Array.of(0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34);

function tryParseUuids(text: Uint8Array, count: number): Uint8Array | undefined {
  const bytes = new Uint8Array(count * 16);
  let seen = 0;
  let at = 0;
  for (let start = 0; start < text.length; start += 36) {
    if (
      text[start + 8] !== HYPHEN ||
      text[start + 13] !== HYPHEN ||
      text[start + 18] !== HYPHEN ||
      text[start + 23] !== HYPHEN
    )
      return undefined;
    for (let i = 0; i < 16; i++) {
      const digit = start + UUID_DIGITS[i]!;
      const high = HEX_VALUE[text[digit]!]!;
      const low = HEX_VALUE[text[digit + 1]!]!;
      seen |= high | low;
      bytes[at++] = (high << 4) | low;
    }
  }
  return seen < 16 ? bytes : undefined;
}

export function readStrings(reader: ByteReader, n: number): (string | null)[] {
  const form = reader.byte();
  const values: (string | null)[] = [];
  let at = 0;
  if (form === STRINGS_TEXT) {
    const lengths = readUnsigned(reader, n);
    const encoding = reader.byte() === 1 ? "utf8" : "utf16le";
    const text = Buffer.from(readBlock(reader)).toString(encoding);
    for (let i = 0; i < n; i++) {
      const length = lengths[i]!;
      values.push(length === 0 ? null : text.slice(at, at + length - 1));
      if (length > 0) at += length - 1;
    }
    return values;
  }
  if (form !== STRINGS_HEX && form !== STRINGS_UUID)
    throw new RangeError(`Strings of the unknown form ${form} were found.`);
  const length = reader.byte() * 2;
  const present = reader.byte() === 0 ? null : readUnsigned(reader, n);
  const text = Buffer.from(readBlock(reader)).toString("hex");
  for (let i = 0; i < n; i++) {
    if (present?.[i] === 0) {
      values.push(null);
      continue;
    }
    const hex = text.slice(at, at + length);
    values.push(
      form === STRINGS_HEX
        ? hex
        : `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`,
    );
    at += length;
  }
  return values;
}
