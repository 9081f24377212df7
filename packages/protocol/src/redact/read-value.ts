/** Reading of values in loose text; every function is linear and callers go on behind what was read. */

const QUOTES = "\"'`";
const MAX_BLANKS = 8;
const MAX_BACKSLASHES = 7;

/** Position behind at most a few blanks. */
export function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at - from < MAX_BLANKS && (text[at] === " " || text[at] === "\t")) at++;
  return at;
}

/**
 * Content of the quoted literal that begins at `at`, its quotes perhaps escaped (`\"…\"`) or tripled; undefined when none begins there.
 * A literal that is not closed ends with its line.
 */
export function endOfQuoted(text: string, at: number): { start: number; end: number; next: number } | undefined {
  let backslashes = 0;
  while (backslashes < MAX_BACKSLASHES && text[at + backslashes] === "\\") backslashes++;
  const open = at + backslashes;
  const quote = text[open];
  if (quote === undefined || !QUOTES.includes(quote)) return undefined;
  if (backslashes > 0) return endOfEscaped(text, open + 1, "\\".repeat(backslashes) + quote);
  if (text.startsWith(quote.repeat(3), open)) return endAt(text, open + 3, text.indexOf(quote.repeat(3), open + 3), 3);
  for (let end = open + 1; end < text.length; end++) {
    const char = text[end];
    if (char === "\\") end++;
    else if (char === quote) return { start: open + 1, end, next: end + 1 };
    else if (char === "\n" && quote !== "`") return { start: open + 1, end, next: end + 1 };
  }
  return { start: open + 1, end: text.length, next: text.length };
}

function endOfEscaped(text: string, start: number, close: string): { start: number; end: number; next: number } {
  let end = text.indexOf(close, start);
  while (end !== -1 && text[end - 1] === "\\") end = text.indexOf(close, end + 1);
  return endAt(text, start, end, close.length);
}

function endAt(text: string, start: number, end: number, width: number): { start: number; end: number; next: number } {
  return end === -1 ? { start, end: text.length, next: text.length } : { start, end, next: end + width };
}

/** Position behind the bracket that closes the one at `at`; the end of the text when none does. */
export function endOfBracket(text: string, at: number): number {
  let depth = 0;
  let inString = false;
  for (let end = at; end < text.length; end++) {
    const char = text[end];
    if (char === "\\") end++;
    else if (char === '"') inString = !inString;
    else if (inString) continue;
    else if (char === "{" || char === "[") depth++;
    else if ((char === "}" || char === "]") && --depth === 0) return end + 1;
  }
  return text.length;
}

export function endOfLine(text: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== "\n" && text[at] !== "\r") at++;
  return at;
}

const HARD_STOPS = " \t\r\n&;<|";
const CLOSERS = ")]}\"'`>";
const AFTER_CLOSER = " \t\r\n.,;:)]}\"'`>&|";

/** End of a bare value: at a blank, `&` or `;`, at a closing mark that ends the word, or at a comma before the next field. */
export function endOfUnquoted(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const char = text[at]!;
    if (HARD_STOPS.includes(char)) return at;
    const next = text[at + 1];
    if (CLOSERS.includes(char) && (next === undefined || AFTER_CLOSER.includes(next))) return at;
    if (char === "," && (next === undefined || AFTER_CLOSER.includes(next) || beginsField(text, at + 1))) return at;
    if (char === "\\" && (next === "n" || next === "r" || next === '"' || next === "'")) return at;
  }
  return text.length;
}

const FIELD = /["']?[\w.-]{1,40}["']?\s{0,2}[=:]/y;

function beginsField(text: string, at: number): boolean {
  FIELD.lastIndex = at;
  return FIELD.test(text);
}
