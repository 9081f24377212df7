const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/**
 * The name-value pairs of a valid JSON text. More than its parsed value has means that one hides behind another of the same name,
 * where no check has seen it.
 */
export function countPairs(bytes: Uint8Array): number {
  let pairs = 0;
  for (let at = 0; at < bytes.length; at++) {
    const code = bytes[at]!;
    if (code === COLON) pairs++;
    else if (code === QUOTE) {
      for (at++; bytes[at] !== QUOTE && at < bytes.length; at++) if (bytes[at] === BACKSLASH) at++;
    }
  }
  return pairs;
}
