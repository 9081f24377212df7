/** "GWDS", read as a little-endian number. */
export const MAGIC = 0x53445747;

/** A snapshot: magic u32, kind (string), version u16, bytes in all u32, the state, CRC-32 of everything before u32. */
export const TRAILER_BYTES = 4;

export type NumberArray =
  | Float64Array
  | Float32Array
  | Uint32Array
  | Int32Array
  | Uint16Array
  | Int16Array
  | Uint8Array
  | Int8Array;

/** Snapshots are little-endian, as nearly all machines are: there, arrays are copied as they lie in memory. */
export const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

export function bytesOf({ buffer, byteOffset, byteLength }: NumberArray): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
