import type { Span } from "./text-span.ts";

const BEGIN = "-----BEGIN ";
const MAX_LABEL = 64;

/** Private keys in PEM (RFC 7468) or OpenPGP armour, also cut off or with escaped line ends; public parts stay. */
export function findPrivateKeys(text: string, spans: Span[]): void {
  let at = text.indexOf(BEGIN);
  while (at !== -1) {
    const labelEnd = text.indexOf("-----", at + BEGIN.length);
    const label = text.slice(at + BEGIN.length, labelEnd === -1 ? at + BEGIN.length + MAX_LABEL : labelEnd);
    if (!label.slice(0, MAX_LABEL).includes("PRIVATE KEY")) {
      at = text.indexOf(BEGIN, at + BEGIN.length);
      continue;
    }
    const endMark = text.indexOf("-----END ", at + BEGIN.length);
    const close = endMark === -1 ? -1 : text.indexOf("-----", endMark + 9);
    const end = close === -1 ? text.length : close + 5;
    spans.push([at, end]);
    at = text.indexOf(BEGIN, end);
  }
}

const QUOTES_AND_SPACE = new Set(" \t\r\n\"'`+,;");
const MAX_KEY_LINE = 512;

/** A line of nothing but base64, as the body of a key in a source file has them. */
export function isKeyMaterial(line: string): boolean {
  if (line.length < 48 || line.length > MAX_KEY_LINE) return false;
  let start = 0;
  let end = line.length;
  while (start < end && QUOTES_AND_SPACE.has(line[start]!)) start++;
  while (end > start && QUOTES_AND_SPACE.has(line[end - 1]!)) end--;
  if (line.endsWith("\\n", end)) end -= 2;
  const bare = line.slice(start, end);
  return (
    bare.length >= 48 &&
    /^[A-Za-z0-9+/]+={0,2}$/.test(bare) &&
    /[A-Z]/.test(bare) &&
    /[a-z]/.test(bare) &&
    /\d/.test(bare)
  );
}
