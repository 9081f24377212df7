const encoder = new TextEncoder();
/** Where there is one it is many times quicker for short texts. */
const NodeBuffer = (globalThis as { Buffer?: typeof Buffer }).Buffer;

export function encodeText(text: string): Uint8Array {
  return NodeBuffer === undefined ? encoder.encode(text) : NodeBuffer.from(text);
}

/** Bytes of the text in UTF-8. */
export function lengthOfText(text: string): number {
  return NodeBuffer === undefined ? encoder.encode(text).byteLength : NodeBuffer.byteLength(text);
}

/** A chunk as bytes: servers on Node take streams of texts too. */
export function toBytes(chunk: Uint8Array | string): Uint8Array {
  return typeof chunk === "string" ? encodeText(chunk) : chunk;
}
