import type { KeyRules } from "./sensitive-keys.ts";
import type { Span } from "./text-span.ts";

const WORDS = "bearer|basic|negotiate|ntlm|token|api-?key|password|passwd|passphrase|passcode|pwd|secret";
/** A word that announces a credential, or a command-line flag, with the blanks behind it. */
const ANNOUNCEMENT = new RegExp(
  String.raw`(?:\b(${WORDS})|(?:^|\s)--?([A-Za-z][\w-]{1,40}))[ \t]{1,4}(?:is[ \t]{1,2})?["'\`]?`,
  "gi",
);
/** Whether there can be one, asked in two steps, each of which takes half the time. */
const WORD = new RegExp(String.raw`\b(?:${WORDS})[ \t]`, "i");
const FLAG = /(?:^|\s)-/;

const END_OF_VALUE = new Set(" \t\r\n\"'`,;<>)]}");
const MAX_VALUE = 8192;

/** `Bearer …`, `Basic …`, `password hunter2`, `--api-key …`. */
export function findCredentials(text: string, keys: KeyRules, spans: Span[]): void {
  if (!WORD.test(text) && !(text.includes("-") && FLAG.test(text))) return;
  ANNOUNCEMENT.lastIndex = 0;
  for (let match = ANNOUNCEMENT.exec(text); match !== null; match = ANNOUNCEMENT.exec(text)) {
    const start = ANNOUNCEMENT.lastIndex;
    const limit = Math.min(text.length, start + MAX_VALUE);
    let end = start;
    while (end < limit && !END_OF_VALUE.has(text[end]!)) end++;
    const value = text.slice(start, end);
    const [, scheme, flag] = match;
    const secret = flag === undefined ? isCredential(scheme!.toLowerCase(), value) : isFlagValue(flag, value, keys);
    if (secret) spans.push([start, end]);
    // The next announcement may be the word just read.
    ANNOUNCEMENT.lastIndex = secret ? end : Math.max(start - 1, match.index + 1);
  }
}

function isFlagValue(flag: string, value: string, keys: KeyRules): boolean {
  return value !== "" && !value.startsWith("-") && !value.startsWith("[") && keys.isSensitive(flag);
}

function isCredential(scheme: string, value: string): boolean {
  switch (scheme) {
    case "bearer":
      return value.length >= 6 && looksRandom(value);
    case "basic":
    case "negotiate":
    case "ntlm":
      return value.length >= 8 && /^[A-Za-z0-9+/_-]+={0,2}$/.test(value) && looksRandom(value);
    case "token":
    case "secret":
    case "apikey":
    case "api-key":
      return value.length >= 16 && /\d/.test(value) && /[A-Za-z]/.test(value) && /^[\w.~+/=-]+$/.test(value);
    default:
      return value.length >= 6 && /[A-Za-z]/.test(value) && /[\d!@#$%^&*]/.test(value);
  }
}

/** A digit, inner capitals or an unusual length tell a credential from a word of prose. */
export function looksRandom(word: string): boolean {
  return /\d/.test(word) || word.endsWith("=") || /[a-z][A-Z]/.test(word) || word.length >= 24;
}
