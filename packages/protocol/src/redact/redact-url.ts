import type { KeyRules } from "./sensitive-keys.ts";
import { REDACTED } from "./redactor.ts";

/** Beyond this an address is cut: no real one is longer. */
const MAX_URL_LENGTH = 32_768;
/** After such a segment, a long segment with digits is a one-time token. */
const TOKEN_PATH =
  /\/(?:[\w-]*(?:password|token|verify|verification|confirm|confirmation|invite|invitation|magic|activate|activation|unsubscribe|share|reset))\/([\w~.=-]{16,512})/gi;

/** Redacts query, fragment, user info and token-like path segments of an address or a path. */
export function createUrlRedactor(keys: KeyRules, redactText: (text: string) => string): (url: string) => string {
  function redactPair(pair: string): string {
    const equals = pair.indexOf("=");
    if (equals === -1) return redactText(pair);
    const rawName = pair.slice(0, equals);
    const rawValue = pair.slice(equals + 1);
    if (rawValue === "" || rawValue === REDACTED) return pair;
    const value = decode(rawValue);
    if (keys.isSensitiveQuery(lastName(decode(rawName)), value)) return `${rawName}=${REDACTED}`;
    const clean = redactText(value);
    if (clean === value) return pair;
    return `${rawName}=${value === rawValue ? clean : REDACTED}`;
  }

  function redactPairs(text: string): string {
    if (text === "") return text;
    if (!text.includes("=")) return redactText(decode(text)) === decode(text) ? text : REDACTED;
    return text.split("&").map(redactPair).join("&");
  }

  function redactPath(path: string): string {
    const clean = redactText(path);
    if (clean.includes("%")) {
      const decoded = decode(clean);
      const redacted = redactText(decoded);
      if (redacted !== decoded) return redacted;
    }
    return clean.length < 24 ? clean : clean.replace(TOKEN_PATH, dropToken);
  }

  return (url) => {
    const cut = url.length > MAX_URL_LENGTH ? url.slice(0, MAX_URL_LENGTH) : url;
    const hash = cut.indexOf("#");
    const question = cut.indexOf("?");
    const queryStart = question === -1 || (hash !== -1 && hash < question) ? -1 : question;
    const pathEnd = queryStart !== -1 ? queryStart : hash !== -1 ? hash : cut.length;
    let clean = redactPath(pathEnd === cut.length ? cut : cut.slice(0, pathEnd));
    if (queryStart !== -1) clean += `?${redactPairs(cut.slice(queryStart + 1, hash === -1 ? cut.length : hash))}`;
    if (hash !== -1) clean += `#${redactPairs(cut.slice(hash + 1))}`;
    return clean;
  };
}

function dropToken(match: string, segment: string): string {
  return /\d/.test(segment) ? match.slice(0, match.length - segment.length) + REDACTED : match;
}

/** `user[password]` → `password`; `a.b` → `b`. */
function lastName(name: string): string {
  if (!name.includes("[") && !name.includes(".")) return name;
  const parts = name.split(/[[\].]+/).filter((part) => part !== "");
  return parts.findLast((part) => !/^\d+$/.test(part)) ?? name;
}

function decode(text: string): string {
  if (!text.includes("%") && !text.includes("+")) return text;
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}
