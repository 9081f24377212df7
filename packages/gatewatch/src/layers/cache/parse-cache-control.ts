/** A field's directives: names in lower case; several values of one name in their order. */
export interface Directives {
  has(name: string): boolean;
  /** Undefined when the directive is absent; "" when it has no value. */
  values(name: string): readonly string[] | undefined;
}

/** Beyond this, a field is not read further. */
const MAX_LENGTH = 8192;

const TOKEN_CODES = new Set([..."!#$%&'*+-.^_`|~"].map((char) => char.charCodeAt(0)));

/** What no field says. */
export const NO_DIRECTIVES: Directives = Object.freeze({ has: () => false, values: () => undefined });

/**
 * Reads `Cache-Control` (RFC 9111, section 5.2): `token`, `token=token` or `token="quoted"`, separated by commas. What is inside quotes is a value. A
 * directive with something else behind it counts as there, without its value: that forbids what it forbids, and permits nothing.
 */
export function parseCacheControl(field: string | undefined): Directives {
  if (field === undefined || field === "") return NO_DIRECTIVES;
  const found = new Map<string, string[]>();
  const end = Math.min(field.length, MAX_LENGTH);
  let at = 0;
  while (at < end) {
    at = skipSpaces(field, at, end);
    const nameEnd = skipToken(field, at, end);
    const name = field.slice(at, nameEnd).toLowerCase();
    at = nameEnd;
    let value = "";
    if (field[at] === "=") {
      at++;
      if (field[at] === '"') {
        const quoted = readQuoted(field, at, end);
        value = quoted.isClosed ? quoted.value : "";
        at = quoted.end;
      } else {
        const valueEnd = skipToken(field, at, end);
        value = field.slice(at, valueEnd);
        at = valueEnd;
      }
    }
    at = skipSpaces(field, at, end);
    if (at < end && field[at] !== ",") {
      value = "";
      at = findComma(field, at, end);
    }
    at++;
    if (name === "") continue;
    const values = found.get(name);
    if (values === undefined) found.set(name, [value]);
    else values.push(value);
  }
  return { has: (name) => found.has(name), values: (name) => found.get(name) };
}

/** Largest delta that is kept exactly; longer ones mean the same (RFC 9111, section 1.2.2). */
const MAX_SECONDS = 2_147_483_648;

/**
 * Seconds of a directive: undefined when it is absent, 0 when its value is no whole number, the smallest when there are several, so that a
 * contradiction is never read as permission.
 */
export function readSeconds(directives: Directives, name: string): number | undefined {
  const values = directives.values(name);
  if (values === undefined) return undefined;
  let smallest = MAX_SECONDS;
  for (const value of values) smallest = Math.min(smallest, parseSeconds(value) ?? 0);
  return smallest;
}

/** Digits only; undefined for anything else. */
export function parseSeconds(text: string): number | undefined {
  if (text === "" || !isDigits(text)) return undefined;
  return Math.min(Number(text), MAX_SECONDS);
}

/** Header names listed by `private="a, b"` or `no-cache="a, b"`, in lower case; undefined when the directive stands without a list. */
export function readFieldNames(directives: Directives, name: string): readonly string[] | undefined {
  const values = directives.values(name);
  if (values === undefined || values.includes("")) return undefined;
  const names = values.flatMap((value) => value.split(",").map((item) => item.trim().toLowerCase()));
  return names.filter((item) => item !== "");
}

function isDigits(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 48 || code > 57) return false;
  }
  return true;
}

function skipSpaces(text: string, from: number, end: number): number {
  let at = from;
  while (at < end && (text.charCodeAt(at) === 32 || text.charCodeAt(at) === 9)) at++;
  return at;
}

function skipToken(text: string, from: number, end: number): number {
  let at = from;
  while (at < end && isTokenCode(text.charCodeAt(at))) at++;
  return at;
}

function isTokenCode(code: number): boolean {
  const isLetter = (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
  return isLetter || (code >= 48 && code <= 57) || TOKEN_CODES.has(code);
}

function readQuoted(text: string, from: number, end: number): { value: string; end: number; isClosed: boolean } {
  let value = "";
  for (let at = from + 1; at < end; at++) {
    const char = text[at]!;
    if (char === '"') return { value, end: at + 1, isClosed: true };
    if (char === "\\" && at + 1 < end) {
      at++;
      value += text[at]!;
    } else value += char;
  }
  return { value, end, isClosed: false };
}

/** The next comma that is not inside quotes. */
function findComma(text: string, from: number, end: number): number {
  let at = from;
  while (at < end && text[at] !== ",") at = text[at] === '"' ? readQuoted(text, at, end).end : at + 1;
  return at;
}
