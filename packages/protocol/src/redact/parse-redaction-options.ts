import { RedactionOptionError, type RedactionOptions } from "./redactor.ts";
import { normaliseKey } from "./sensitive-keys.ts";

const MAX_PATTERN_LENGTH = 500;
const MAX_ITEMS = 200;

export interface ParsedRedactionOptions {
  keys: readonly string[];
  allowKeys: readonly string[];
  headers: readonly string[];
  patterns: readonly RegExp[];
  email: boolean;
  keepAddressHeaders: boolean;
}

/** Checks the options and fills the defaults. @throws RedactionOptionError naming the option, its value and what is allowed. */
export function parseRedactionOptions(options: RedactionOptions): ParsedRedactionOptions {
  return {
    keys: parseNames("keys", options.keys),
    allowKeys: parseNames("allowKeys", options.allowKeys),
    headers: parseNames("headers", options.headers),
    patterns: parseList("patterns", options.patterns).map(parsePattern),
    email: options.email === true,
    keepAddressHeaders: options.keepAddressHeaders === true,
  };
}

function parseList<T>(option: string, value: readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > MAX_ITEMS)
    throw new RedactionOptionError(option, `redact.${option} must be a list of at most ${MAX_ITEMS} items.`);
  return value;
}

function parseNames(option: string, value: readonly string[] | undefined): readonly string[] {
  return parseList(option, value).map((name) => {
    if (typeof name !== "string" || normaliseKey(name).length < 2 || name.length > 128)
      throw new RedactionOptionError(
        option,
        `redact.${option} holds ${JSON.stringify(name)}; each must be a name of 2 to 128 letters or digits.`,
      );
    return name;
  });
}

function parsePattern(pattern: RegExp | string): RegExp {
  const source = pattern instanceof RegExp ? pattern.source : pattern;
  if (typeof source !== "string" || source === "" || source.length > MAX_PATTERN_LENGTH)
    throw new RedactionOptionError(
      "patterns",
      `redact.patterns holds ${JSON.stringify(source)}; each must be a regular expression of 1 to ${MAX_PATTERN_LENGTH} characters.`,
    );
  const flags = new Set(pattern instanceof RegExp ? pattern.flags : "");
  flags.add("g").delete("y");
  let compiled: RegExp;
  try {
    compiled = new RegExp(source, [...flags].join(""));
  } catch (error) {
    throw new RedactionOptionError(
      "patterns",
      `redact.patterns holds /${source}/, which does not compile: ${String(error)}`,
    );
  }
  if ("".search(compiled) !== -1)
    throw new RedactionOptionError("patterns", `redact.patterns holds /${source}/, which matches the empty text.`);
  if (hasNestedRepetition(source))
    throw new RedactionOptionError(
      "patterns",
      `redact.patterns holds /${source}/, which repeats a group that repeats; such patterns can stall the process. Write it without nested *, + or {n,}.`,
    );
  return compiled;
}

/** True for `(a+)+` and kin: an unbounded repetition of a group that itself holds one or an alternation. */
function hasNestedRepetition(source: string): boolean {
  const groups: boolean[] = [];
  let closed = false;
  for (let at = 0; at < source.length; at++) {
    const char = source[at];
    const wasClosed = closed;
    closed = false;
    if (char === "\\") at++;
    else if (char === "[") at = endOfClass(source, at);
    else if (char === "(") groups.push(false);
    else if (char === ")") {
      closed = groups.pop() === true;
      if (closed && groups.length > 0) groups[groups.length - 1] = true;
    } else if (char === "*" || char === "+" || (char === "{" && /^\{\d*,\d*\}/.test(source.slice(at, at + 12)))) {
      if (wasClosed) return true;
      if (groups.length > 0) groups[groups.length - 1] = true;
    } else if (char === "|" && groups.length > 0) groups[groups.length - 1] = true;
  }
  return false;
}

function endOfClass(source: string, start: number): number {
  let at = start + 1;
  while (at < source.length && source[at] !== "]") at += source[at] === "\\" ? 2 : 1;
  return at;
}
