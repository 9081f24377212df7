import { randomFillSync } from "node:crypto";

/** One call into the system's generator, and one text, serve this many. */
const BATCH = 32;
const BYTES = 16;
const LENGTH = 36;
const DASH = 0x2d;
const DIGITS = Buffer.from("0123456789abcdef", "latin1");

const random = Buffer.allocUnsafe(BATCH * BYTES);
const characters = Buffer.allocUnsafe(BATCH * LENGTH);
let texts = "";
let used = 0;

/**
 * A UUID version 4 (RFC 9562, section 5.4). Node's own is joined from twenty pieces each time, which whoever reads it first must put together: that
 * costs several times as much as a slice of a text made for many.
 */
export function createUuidV4(): string {
  if (used === texts.length) fill();
  const from = used;
  used += LENGTH;
  return texts.slice(from, used);
}

function fill(): void {
  randomFillSync(random);
  let to = 0;
  for (let index = 0; index < random.length; index++) {
    const place = index % BYTES;
    if (place === 4 || place === 6 || place === 8 || place === 10) characters[to++] = DASH;
    let byte = random[index]!;
    if (place === 6) byte = (byte & 0x0f) | 0x40;
    else if (place === 8) byte = (byte & 0x3f) | 0x80;
    characters[to++] = DIGITS[byte >> 4]!;
    characters[to++] = DIGITS[byte & 15]!;
  }
  texts = characters.toString("latin1");
  used = 0;
}
