import type { Redactor } from "@gatewatch/protocol/redact/redactor";
import { isPlain } from "./is-plain.ts";

/** Strings longer than this are rarely repeated. */
const MAX_CACHED_LENGTH = 256;
const GENERATION = 8_192;

/** Makes strings fit to be kept: well-formed Unicode without NUL, redacted. Recently seen short strings cost one look-up. */
export interface TextCleaner {
  text(value: string): string;
  path(value: string): string;
  /** A line of source code. */
  source(value: string): string;
}

/**
 * Two generations of at most 8,192 entries for each kind, so that the memory is bounded.
 * `skipsPlain`: plain strings need not be looked at, since the redactor has no patterns but the built-in ones.
 */
export function createTextCleaner(redactor: Redactor, skipsPlain: boolean): TextCleaner {
  const clean = (redact: (value: string) => string): ((value: string) => string) => {
    const remembered = remember(redact);
    return skipsPlain ? (value) => (isPlain(value) ? value : remembered(value)) : remembered;
  };
  return { text: clean(redactor.redactText), path: clean(redactor.redactUrl), source: clean(redactor.redactSource) };
}

/** The redactor with a memory: errors repeat themselves, their frames and lines are mostly known already. */
export function rememberTexts(redactor: Redactor, cleaner: TextCleaner): Redactor {
  return { ...redactor, redactText: cleaner.text, redactUrl: cleaner.path, redactSource: cleaner.source };
}

function remember(redact: (value: string) => string): (value: string) => string {
  let young = new Map<string, string>();
  let old = new Map<string, string>();
  return (value) => {
    if (value.length > MAX_CACHED_LENGTH) return redact(makeStorable(value));
    const known = young.get(value);
    if (known !== undefined) return known;
    const clean = old.get(value) ?? redact(makeStorable(value));
    if (young.size >= GENERATION) {
      old = young;
      young = new Map();
    }
    young.set(value, clean);
    return clean;
  };
}

/** Lone surrogates and NUL become U+FFFD: no database takes them as text. */
export function makeStorable(value: string): string {
  const formed = value.isWellFormed() ? value : value.toWellFormed();
  return formed.includes("\0") ? formed.replaceAll("\0", "\uFFFD") : formed;
}

/** The first `length` UTF-16 units, never half a character. */
export function cutText(value: string, length: number): string {
  if (value.length <= length) return value;
  const last = value.charCodeAt(length - 1);
  return value.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}
