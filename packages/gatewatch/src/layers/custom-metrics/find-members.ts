/** A part of a text, from its first byte to the one behind its last. */
export interface Span {
  start: number;
  end: number;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/**
 * What has to go so that an object of JSON has no member of these names at its top level: each with the comma that becomes needless.
 * Names count as they are meant, escapes included. Empty where there is none, or where the text is no object; a text that is no JSON may
 * have spans all the same.
 */
export function findMembers(bytes: Uint8Array, names: ReadonlySet<string>): Span[] {
  const spans: Span[] = [];
  let at = skipSpace(bytes, hasByteOrderMark(bytes) ? 3 : 0);
  if (bytes[at] !== OPEN) return spans;
  at = skipSpace(bytes, at + 1);
  /** Behind the last member that stays; undefined while none does. */
  let keptComma: number | undefined;
  /** Where the unwanted members begin that come one after the other now. */
  let run: number | undefined;
  for (;;) {
    if (bytes[at] !== QUOTE) return [];
    const keyEnd = skipString(bytes, at);
    const colon = skipSpace(bytes, keyEnd);
    if (bytes[colon] !== COLON) return [];
    const valueStart = skipSpace(bytes, colon + 1);
    const valueEnd = skipValue(bytes, valueStart);
    if (valueEnd === valueStart) return [];
    const next = skipSpace(bytes, valueEnd);
    const isWanted = isNamed(bytes, at, keyEnd, names);
    if (isWanted) run ??= at;
    else if (run !== undefined) {
      spans.push({ start: run, end: at });
      run = undefined;
    }
    if (bytes[next] === CLOSE) {
      if (run !== undefined) spans.push({ start: keptComma ?? run, end: valueEnd });
      return spans;
    }
    if (bytes[next] !== COMMA) return [];
    if (!isWanted) keptComma = next;
    at = skipSpace(bytes, next + 1);
  }
}

function isNamed(bytes: Uint8Array, start: number, end: number, names: ReadonlySet<string>): boolean {
  let isEscaped = false;
  for (let at = start + 1; at < end - 1 && !isEscaped; at++) isEscaped = bytes[at] === BACKSLASH;
  if (!isEscaped) {
    for (const name of names) {
      if (name.length === end - start - 2 && isTextAt(bytes, start + 1, name)) return true;
    }
    return false;
  }
  try {
    return names.has(String(JSON.parse(new TextDecoder().decode(bytes.subarray(start, end)))));
  } catch {
    return false;
  }
}

/** Names are ASCII: a character is a byte. */
function isTextAt(bytes: Uint8Array, at: number, text: string): boolean {
  for (let index = 0; index < text.length; index++) if (bytes[at + index] !== text.charCodeAt(index)) return false;
  return true;
}

function hasByteOrderMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at++;
  }
}

/** From a quote to behind the one that ends it; to the end of the text where none does. */
function skipString(bytes: Uint8Array, from: number): number {
  const { length } = bytes;
  let at = from + 1;
  while (at < length) {
    const byte = bytes[at];
    if (byte === QUOTE) return at + 1;
    at += byte === BACKSLASH ? 2 : 1;
  }
  return length;
}

function skipValue(bytes: Uint8Array, from: number): number {
  const first = bytes[from];
  if (first === QUOTE) return skipString(bytes, from);
  if (first === OPEN || first === OPEN_LIST) return skipNested(bytes, from);
  const { length } = bytes;
  let at = from;
  while (at < length) {
    const byte = bytes[at]!;
    if (byte === COMMA || byte === CLOSE || byte === CLOSE_LIST || byte <= 0x20) return at;
    at++;
  }
  return at;
}

/** However deep it goes: nothing here calls itself. */
function skipNested(bytes: Uint8Array, from: number): number {
  const { length } = bytes;
  let depth = 0;
  let at = from;
  while (at < length) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = skipString(bytes, at);
      continue;
    }
    at++;
    if (byte === OPEN || byte === OPEN_LIST) depth++;
    else if ((byte === CLOSE || byte === CLOSE_LIST) && --depth === 0) return at;
  }
  return at;
}
