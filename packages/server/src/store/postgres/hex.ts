export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/** Bytes in a buffer of their own, so that handing them to another thread copies nothing else. */
export function parseHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "hex"));
}
