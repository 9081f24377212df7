/** Below this size even nothing but brackets costs a few dozen megabytes at most. */
const HARMLESS_BYTES = 1024 * 1024;
const MAX_NESTING = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Whether a JSON text nests so deep that parsing it would cost memory out of proportion; text inside strings does not count. */
export function nestsTooDeep(bytes: Uint8Array): boolean {
  if (bytes.length < HARMLESS_BYTES) return false;
  let depth = 0;
  let inString = false;
  for (let at = 0; at < bytes.length; at++) {
    const code = bytes[at]!;
    if (code === QUOTE) inString = !inString;
    else if (code === BACKSLASH) at++;
    else if (inString) continue;
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > MAX_NESTING) return true;
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
  return false;
}
