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
