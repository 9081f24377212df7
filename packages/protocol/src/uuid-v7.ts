const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/**
 * The 16 bytes of a UUID version 7 (RFC 9562, section 5.7).
 * @param random 16 random bytes; they are left as they are.
 * @param timeMs epoch milliseconds.
 * @param counter 0 to 4095, in place of the 12 random bits after the time: keeps the order of ids of one millisecond.
 */
export function makeUuidV7(random: Uint8Array, timeMs: number, counter?: number): Uint8Array {
  const bytes = new Uint8Array(random);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.floor(timeMs / 2 ** 32));
  view.setUint32(2, timeMs);
  view.setUint16(6, 0x7000 | ((counter ?? view.getUint16(6)) & 0x0fff));
  view.setUint8(8, 0x80 | (view.getUint8(8) & 0x3f));
  return bytes;
}

/** The time in a UUIDv7, in epoch milliseconds. */
export function readUuidTime(bytes: Uint8Array): number {
  // No DataView: it would move a small array out of the engine's heap, which costs more than all the rest.
  let time = 0;
  for (let index = 0; index < 6; index++) time = time * 256 + bytes[index]!;
  return time;
}

/** `0197a3f4-5c1e-7d20-8f43-2b9f6c0d1e2a` */
export function formatUuid(bytes: Uint8Array): string {
  let text = "";
  for (let index = 0; index < 16; index += 1) {
    if (index === 4 || index === 6 || index === 8 || index === 10) text += "-";
    text += HEX[bytes[index] ?? 0];
  }
  return text;
}
