const DIGIT = 1;
const LETTER = 2;
const DOT = 3;
const MARK = 4;

/** Characters of plain paths, addresses and names; no blank, `=`, `:`, `@`, `?`, `%`, quote or anything beyond ASCII. */
const CLASSES = new Uint8Array(128);
for (let code = 48; code < 58; code++) CLASSES[code] = DIGIT;
for (let code = 65; code < 91; code++) CLASSES[code] = CLASSES[code + 32] = LETTER;
for (const char of "_-") CLASSES[char.charCodeAt(0)] = LETTER;
for (const char of ".~") CLASSES[char.charCodeAt(0)] = DOT;
for (const char of "/,+*!$()") CLASSES[char.charCodeAt(0)] = MARK;

const MAX_LENGTH = 64;
/** Below these lengths no token, no key and no card number fits into a word. */
const MAX_WORD = 12;
const MAX_DOTTED = 16;

/** Whether a string is so plain that no built-in rule of redaction can find anything in it, and any database takes it. */
export function isPlain(text: string): boolean {
  if (text.length > MAX_LENGTH) return false;
  let word = 0;
  let dotted = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 127) return false;
    switch (CLASSES[code]) {
      case DIGIT:
      case LETTER:
        if (++word >= MAX_WORD || ++dotted >= MAX_DOTTED) return false;
        break;
      case DOT:
        word = 0;
        if (++dotted >= MAX_DOTTED) return false;
        break;
      case MARK:
        word = dotted = 0;
        break;
      default:
        return false;
    }
  }
  return true;
}
