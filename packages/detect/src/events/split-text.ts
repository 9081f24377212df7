const MAX_PAIRS = 48;
const MAX_NAME = 96;
const MAX_SPLIT = 65_536;

/** What a text is made of, when it is one of the forms that the web writes. */
export type TextForm = "url" | "form" | "request line" | "cookies" | undefined;

const [SLASH, QUESTION, EQUALS, AMPERSAND, COLON, SPACE, SEMICOLON] = [47, 63, 61, 38, 58, 32, 59];

/** By the first characters alone where that is enough: most texts are none of these. */
export function formOf(text: string): TextForm {
  const { length } = text;
  if (length < 1 || length > MAX_SPLIT) return undefined;
  const first = text.charCodeAt(0);
  // Base64 ends in equal signs, and may begin with a slash.
  if (first === SLASH) return text.charCodeAt(length - 1) === EQUALS && !text.includes("?") ? undefined : "url";
  if (first >= 65 && first <= 90 && /^[A-Z]{3,8} \/\S* HTTP\/\d/.test(text)) return "request line";
  let at = 0;
  while (at < length && at < MAX_NAME && isNameCode(text.charCodeAt(at))) at++;
  if (at === 0 || at >= length) return undefined;
  const code = text.charCodeAt(at);
  if (code === COLON) return text.charCodeAt(at + 1) === SLASH && text.charCodeAt(at + 2) === SLASH ? "url" : undefined;
  if (code !== EQUALS || at + 1 >= length || text.charCodeAt(at + 1) === EQUALS) return undefined;
  for (; at < length; at++) {
    const next = text.charCodeAt(at);
    if (next === AMPERSAND) return "form";
    if (next === SEMICOLON && text.charCodeAt(at + 1) === SPACE) return "cookies";
    if (next <= SPACE) return undefined;
  }
  return "form";
}

/** Calls `take` with each name and value of `a=b&c=d` from `from` on, as they stand. */
export function splitPairs(
  text: string,
  from: number,
  separator: "&" | ";",
  take: (name: string, value: string) => void,
): void {
  let at = from;
  for (let left = MAX_PAIRS; left > 0 && at < text.length; left--) {
    if (separator === ";" && text.charCodeAt(at) === SPACE) at++;
    let end = text.indexOf(separator, at);
    if (end < 0) end = text.length;
    const equals = text.indexOf("=", at);
    if (equals >= 0 && equals < end) take(text.slice(at, Math.min(equals, at + MAX_NAME)), text.slice(equals + 1, end));
    else if (end > at) take(text.slice(at, Math.min(end, at + MAX_NAME)), "");
    at = end + 1;
  }
}

/** Where the parts of a URL begin: host, path, query; −1 for what is not there. */
export function splitUrl(text: string): { host: number; path: number; query: number } {
  let host = -1;
  let path = 0;
  if (text.charCodeAt(0) !== SLASH) {
    host = text.indexOf("://") + 3;
    path = host;
    while (path < text.length && text.charCodeAt(path) !== SLASH && text.charCodeAt(path) !== QUESTION) path++;
  }
  const query = text.indexOf("?", path);
  return { host, path, query };
}

/** Letters, digits and `_ - . [ ] + %`. */
function isNameCode(code: number): boolean {
  if ((code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57)) return true;
  return code === 95 || code === 45 || code === 46 || code === 91 || code === 93 || code === 43 || code === 37;
}
