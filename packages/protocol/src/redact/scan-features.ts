/** What a text holds, as bits; a text without any of them holds no secret that the rules could see. */
export const FEATURES = {
  /** `=`, `:` or `>`: a name with its value. */
  pair: 1,
  at: 2,
  space: 4,
  /** Twelve or more letters, digits, `_` or `-` in a row. */
  longWord: 8,
  /** Thirteen or more digits, single separators allowed. */
  longNumber: 16,
} as const;

const SPACES = [" ", "\n", "\t", "\r"] as const;
const PAIRS = ["=", ":", ">"] as const;
/** Blanks and digits exclude each other: no text makes this take more than a few passes. */
const LONG_NUMBER = /\d(?:[ \t\n\r-]*\d){12}/;
const LONG_WORD = 12;

const WORD_CHARS = new Uint8Array(128);
for (const char of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
  WORD_CHARS[char.charCodeAt(0)] = 1;

/** About a nanosecond per character: what the platform searches by itself costs next to nothing, the rest skips through the text. */
export function scanFeatures(text: string): number {
  let features = 0;
  if (includesAny(text, SPACES)) features |= FEATURES.space;
  if (includesAny(text, PAIRS)) features |= FEATURES.pair;
  if (text.includes("@")) features |= FEATURES.at;
  if (hasLongWord(text)) features |= FEATURES.longWord;
  if (LONG_NUMBER.test(text)) features |= FEATURES.longNumber;
  return features;
}

function includesAny(text: string, chars: readonly string[]): boolean {
  for (const char of chars) if (text.includes(char)) return true;
  return false;
}

/** A word that long covers every twelfth character: most are looked at never. */
function hasLongWord(text: string): boolean {
  for (let last = LONG_WORD - 1; last < text.length;) {
    let at = last;
    while (at > last - LONG_WORD && isWordChar(text.charCodeAt(at))) at--;
    if (at === last - LONG_WORD) return true;
    last = at + LONG_WORD;
  }
  return false;
}

function isWordChar(code: number): boolean {
  return code < 128 && WORD_CHARS[code] === 1;
}
