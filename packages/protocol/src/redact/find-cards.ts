import type { Span } from "./text-span.ts";

const MIN_DIGITS = 13;
const MAX_DIGITS = 19;

/** Card numbers (ISO/IEC 7812: 13 to 19 digits with a valid Luhn digit), also grouped by single spaces or dashes. */
export function findCards(text: string, spans: Span[]): void {
  let at = 0;
  while (at < text.length) {
    if (!isDigit(text.charCodeAt(at))) {
      at++;
      continue;
    }
    at = scanRun(text, at, spans);
  }
}

/** Whether the whole text is one card number. */
export function hasCardNumber(text: string): boolean {
  const spans: Span[] = [];
  findCards(text, spans);
  return spans.length > 0;
}

/** Reads digits with one kind of separator from `start`; returns where it ends. */
function scanRun(text: string, start: number, spans: Span[]): number {
  const groups: Span[] = [];
  let separator = 0;
  let at = start;
  for (;;) {
    const groupStart = at;
    while (at < text.length && isDigit(text.charCodeAt(at))) at++;
    groups.push([groupStart, at]);
    const next = text.charCodeAt(at);
    const joins = (next === 0x20 || next === 0x2d) && isDigit(text.charCodeAt(at + 1));
    if (!joins || groups.length > 64) break;
    if (separator !== 0 && next !== separator) {
      // The last group may begin a number of its own, grouped by the other separator.
      addCards(text, groups, separator, spans);
      return groupStart;
    }
    separator = next;
    at++;
  }
  addCards(text, groups, separator, spans);
  return at;
}

function addCards(text: string, groups: Span[], separator: number, spans: Span[]): void {
  // A dashed run is one identifier (think of UUIDs): it counts as a whole or not at all.
  const firsts = separator === 0x20 ? groups.length : 1;
  for (let first = 0; first < firsts; first++) {
    let digits = 0;
    for (let last = first; last < groups.length; last++) {
      const length = groups[last]![1] - groups[last]![0];
      if (last > first && (length < 2 || length > 9 || digits > 9 * (last - first))) break;
      digits += length;
      if (digits > MAX_DIGITS) break;
      if (digits < MIN_DIGITS || (separator === 0x2d && last !== groups.length - 1)) continue;
      const start = groups[first]![0];
      const end = groups[last]![1];
      if (!isPartOfWord(text, start, end, groups.length > 1) && isCard(text, start, end, digits)) {
        spans.push([start, end]);
        first = last;
        break;
      }
    }
  }
}

function isCard(text: string, start: number, end: number, digits: number): boolean {
  if (!hasIssuerPrefix(text, start, digits)) return false;
  let sum = 0;
  let double = false;
  let distinct = false;
  const first = text.charCodeAt(start);
  for (let at = end - 1; at >= start; at--) {
    const code = text.charCodeAt(at);
    if (!isDigit(code)) continue;
    if (code !== first) distinct = true;
    let digit = code - 48;
    if (double) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
    sum += digit;
    double = !double;
  }
  return distinct && sum % 10 === 0;
}

/** Cards begin with 2 to 6, RuPay also with 81 and 82, Troy with 9792, UATP (15 digits) with 1: epoch times and most ids do not. */
function hasIssuerPrefix(text: string, start: number, digits: number): boolean {
  const first = text.charCodeAt(start) - 48;
  if (first >= 2 && first <= 6) return true;
  if (first === 8) return text[start + 1] === "1" || text[start + 1] === "2";
  if (first === 9) return text.startsWith("9792", start);
  return first === 1 && digits === 15;
}

/** Inside a hash, an identifier or a decimal fraction. */
function isPartOfWord(text: string, start: number, end: number, grouped: boolean): boolean {
  const before = text.charCodeAt(start - 1);
  const after = text.charCodeAt(end);
  if (isAlphanumeric(before) || isAlphanumeric(after)) return true;
  if (grouped && before === 0x2d && isAlphanumeric(text.charCodeAt(start - 2))) return true;
  if (grouped && after === 0x2d && isAlphanumeric(text.charCodeAt(end + 1))) return true;
  return (
    (before === 0x2e && isDigit(text.charCodeAt(start - 2))) || (after === 0x2e && isDigit(text.charCodeAt(end + 1)))
  );
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isAlphanumeric(code: number): boolean {
  return isDigit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}
