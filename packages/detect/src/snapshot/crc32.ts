let table: Uint32Array | undefined;

/** CRC-32 as in ISO-HDLC (zlib, PNG), of the bytes before `end`. */
export function crc32(bytes: Uint8Array, end = bytes.length): number {
  table ??= createTable();
  let crc = 0xffffffff;
  for (let at = 0; at < end; at++) crc = table[(crc ^ bytes[at]!) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

function createTable(): Uint32Array {
  const table = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    table[byte] = crc >>> 0;
  }
  return table;
}
