/** One element of `Forwarded`: what one proxy said about the hop before it. */
export interface ForwardedElement {
  for?: string;
  proto?: string;
  host?: string;
}

const MAX_HEADER_LENGTH = 8192;

/**
 * The elements of a `Forwarded` header (RFC 7239, section 4), the client's first. Names are case-insensitive, quoted values are unquoted.
 * A malformed element comes back empty, so that whoever walks the list stops there.
 */
export function parseForwarded(header: string): ForwardedElement[] {
  const elements: ForwardedElement[] = [];
  for (const element of splitOutsideQuotes(header.slice(-MAX_HEADER_LENGTH), ",")) elements.push(parseElement(element));
  return elements;
}

function parseElement(text: string): ForwardedElement {
  const element: ForwardedElement = {};
  for (const pair of splitOutsideQuotes(text, ";")) {
    if (pair.trim() === "") continue;
    const match = /^\s*([a-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))\s*$/i.exec(pair);
    if (match === null) return {};
    const name = (match[1] ?? "").toLowerCase();
    const value = match[2]?.replaceAll(/\\(.)/g, "$1") ?? match[3] ?? "";
    if (name === "for" || name === "proto" || name === "host") {
      if (element[name] !== undefined) return {};
      element[name] = value;
    }
  }
  return element;
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (quoted && char === "\\") at++;
    else if (char === '"') quoted = !quoted;
    else if (char === separator && !quoted) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}
