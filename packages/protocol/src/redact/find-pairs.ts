import { looksRandom } from "./find-credentials.ts";
import { endOfBracket, endOfLine, endOfQuoted, endOfUnquoted, skipBlanks } from "./read-value.ts";
import { REDACTED } from "./redactor.ts";
import { normaliseKey, type KeyRules } from "./sensitive-keys.ts";
import type { Span } from "./text-span.ts";

const MAX_KEY = 64;
const MAX_ELEMENT = 4096;
const QUOTES = "\"'`";

/** Words of prose behind `password:` and kin: the beginning of a sentence, no secret. */
const PROSE = new Set(
  (
    "a an and are at be because but by can cannot could did do does empty error expected expired failed for from has have if in incorrect invalid is it " +
    "length may minimum maximum missing mismatch must need needs no not of on only or path please property required should string the this to too type " +
    "unauthorized undefined unexpected unknown unsupported value was were when which will with would wrong your you number boolean object array"
  ).split(" "),
);
const KEYWORD = /(?:null|undefined|none|nil|true|false|nan)(?![\w-])/iy;
const ANNOTATION =
  /(?:string|str|text|secretstr|any|bytes|&str|&'static str)\s{0,4}(?:\|\s{0,2}\w{1,20}\s{0,4})?=\s{0,4}/iy;
const LITERAL_PREFIX = /[bBrRuUfF@$]{1,2}(?=["'`])/y;
const SCHEME = /(?:bearer|basic|token|apikey|api-key|negotiate|ntlm)[ \t]{1,4}/iy;
const LONG_SCHEME = /(?:digest|aws4-hmac-sha256|signature|hmac|oauth|hawk)[ \t]{1,4}/iy;
const MEMBER =
  /(?:await\s{1,4})?(?:new\s{1,4})?(?:req|request|res|response|ctx|context|process|this|self|config|cfg|options|opts|params|env|os|user|body|data|props|args|settings|input|payload|session|event|state)\??\.[\w$]/iy;
/** A literal behind the code that would rather take it from elsewhere: `process.env.SECRET || "…"`. */
const FALLBACK = /[^;\n"'`]{0,200}?(?:\|\||\?\?|\bor\b|\?|:)\s{0,4}(?=["'`])/y;
const CALL = /(?:await\s{1,4})?(?:new\s{1,4})?[\w.$]{1,60}\(\s{0,4}(?=["'`])/y;
const COOKIES = /[^=\r\n]{1,256}=/y;
const RANDOM_WORD = /(?=\w{0,64}\d)[\w!@#$%^&*-]{6,256}(?![\w.([])/y;
const NUMBER = /\d[\d_]{2,30}(?![\w.])/y;

interface Pair {
  key: string;
  /** Where the value begins, blanks included. */
  valueStart: number;
  quotedKey: boolean;
  /** `==`, `!=`: only a literal is a secret. */
  comparison: boolean;
  /** `:` or `=` with a blank on the right: prose, YAML or code. */
  spaced: boolean;
  /** `?` or `&` before the key. */
  inQuery: boolean;
  tag: boolean;
}

/** Values of secret names: `password=…`, `"password": "…"`, `const apiKey = "…"`, `Cookie: …`, `<password>…`. */
export function findPairs(text: string, keys: KeyRules, source: boolean, spans: Span[]): void {
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code !== 0x3d && code !== 0x3a && code !== 0x3e) {
      at++;
      continue;
    }
    const pair = readPair(text, at, code);
    if (pair.key === "") at = pair.valueStart;
    else if (keys.isSensitive(pair.key)) at = findValue(text, pair, source, spans);
    else if (pair.inQuery) at = findQueryValue(text, pair, keys, spans);
    else at = pair.valueStart;
  }
}

/** Reads the operator at `at` and the key before it; an empty key when there is none. */
function readPair(text: string, at: number, code: number): Pair {
  let valueStart = at + 1;
  let comparison = false;
  if (code === 0x3d) {
    while (text[valueStart] === "=") {
      valueStart++;
      comparison = true;
    }
    if (text[valueStart] === ">") valueStart++;
  } else if (code === 0x3a && text[valueStart] === "=") valueStart++;
  let end = at;
  const before = text[end - 1];
  if (code === 0x3d && before !== undefined && "!<>+?|&".includes(before)) {
    comparison ||= before === "!";
    end--;
    if (text[end - 1] === before) end--;
  } else if (before === "?") end--;
  for (let blanks = 0; blanks < 8 && (text[end - 1] === " " || text[end - 1] === "\t"); blanks++) end--;
  if (text[end - 1] === "]") end--;
  let quotedKey = false;
  if (end > 0 && QUOTES.includes(text[end - 1]!)) {
    quotedKey = true;
    end--;
    for (let count = 0; count < 7 && text[end - 1] === "\\"; count++) end--;
  }
  const start = startOfKey(text, end, quotedKey);
  const tag = code === 0x3e;
  return {
    key: tag && text[start - 1] !== "<" ? "" : text.slice(start, end),
    valueStart,
    quotedKey,
    comparison,
    spaced: /\s/.test(text[valueStart] ?? " "),
    inQuery: code === 0x3d && (text[start - 1] === "?" || text[start - 1] === "&"),
    tag,
  };
}

function startOfKey(text: string, end: number, quoted: boolean): number {
  let start = end;
  while (start > 0 && end - start < MAX_KEY) {
    const code = text.charCodeAt(start - 1);
    const word =
      (code >= 48 && code <= 57) ||
      (code >= 65 && code <= 90) ||
      (code >= 97 && code <= 122) ||
      code === 0x5f ||
      code === 0x2d ||
      code === 0x24 ||
      (quoted && code === 0x20);
    if (!word) break;
    start--;
  }
  return start;
}

/** Adds the span of the pair's value, if it is one; returns where to go on. */
function findValue(text: string, pair: Pair, source: boolean, spans: Span[]): number {
  let start = skipBlanks(text, pair.valueStart);
  if (matchLength(ANNOTATION, text, start) > 0) start += matchLength(ANNOTATION, text, start);
  if (text.startsWith(REDACTED, start)) return start + REDACTED.length;
  if (pair.tag) {
    const length = text.slice(start, start + MAX_ELEMENT).indexOf("</");
    return length === -1 ? start : addSpan(spans, start, start + length);
  }
  const prefix = matchLength(LITERAL_PREFIX, text, start);
  const quoted = endOfQuoted(text, start + prefix);
  if (quoted !== undefined) {
    addSpan(spans, quoted.start, quoted.end);
    return quoted.next;
  }
  if (pair.comparison) return pair.valueStart;
  const first = text[start];
  if (first === "{" || first === "[") {
    if (source || !pair.quotedKey) return start + 1;
    return addSpan(spans, start, endOfBracket(text, start));
  }
  if (source && !isAssignedText(text, start, pair)) return findInCode(text, start, spans);
  return findUnquoted(text, start, pair, spans);
}

/** `API_KEY=…` or `password=x1…` without blanks, as in shell, `.env` files and texts inside of literals. */
function isAssignedText(text: string, start: number, pair: Pair): boolean {
  if (pair.spaced) return false;
  return /^[A-Z][A-Z0-9_]*$/.test(pair.key) || matchLength(RANDOM_WORD, text, start) > 0;
}

/** Code that only names the secret stays; its literals go. */
function findInCode(text: string, start: number, spans: Span[]): number {
  const number = matchLength(NUMBER, text, start);
  if (number > 0) return addSpan(spans, start, start + number);
  const call = matchLength(CALL, text, start);
  const argument = call > 0 ? endOfQuoted(text, start + call) : undefined;
  if (argument !== undefined) {
    const literal = text.slice(argument.start, argument.end);
    if (literal.length >= 8 && literal.length <= 4096 && looksRandom(literal) && !/\s/.test(literal))
      addSpan(spans, argument.start, argument.end);
    return argument.next;
  }
  const fallback = matchLength(FALLBACK, text, start);
  const literal = fallback > 0 ? endOfQuoted(text, start + fallback) : undefined;
  if (literal === undefined) return start;
  addSpan(spans, literal.start, literal.end);
  return literal.next;
}

function findUnquoted(text: string, start: number, pair: Pair, spans: Span[]): number {
  if (matchLength(KEYWORD, text, start) > 0) return start;
  const name = normaliseKey(pair.key);
  if (name.endsWith("cookie") || name.endsWith("cookies"))
    return matchLength(COOKIES, text, start) > 0 ? addSpan(spans, start, endOfLine(text, start)) : start;
  if (matchLength(LONG_SCHEME, text, start) > 0 && name.endsWith("authorization"))
    return addSpan(spans, start, endOfLine(text, start));
  const scheme = matchLength(SCHEME, text, start);
  const end = endOfUnquoted(text, start + scheme);
  if (end === start + scheme) return end;
  if (pair.spaced && isProse(text, start, end, name, scheme)) return start;
  return addSpan(spans, start, end);
}

/** Whether `name: value` reads like a sentence or like code rather than like a secret. */
function isProse(text: string, start: number, end: number, name: string, scheme: number): boolean {
  const word = text.slice(start, Math.min(end, start + 256));
  if (PROSE.has(word.toLowerCase().replace(/[.,:!?]{1,3}$/, ""))) return true;
  if (scheme > 0) return !looksRandom(text.slice(start + scheme, Math.min(end, start + 256)));
  if (matchLength(MEMBER, text, start) > 0) return true;
  const strong = name.includes("passw") || name.includes("passphrase") || name.endsWith("pwd");
  if (strong) return /^[\w$.]{1,100}\(/.test(word);
  return word.length < 24 && /^[("'`]?[A-Za-z]?[a-z$]*(?:[.(][\w$.()]*)?[.,:;!?)}]*$/.test(word);
}

function findQueryValue(text: string, pair: Pair, keys: KeyRules, spans: Span[]): number {
  let end = pair.valueStart;
  while (end < text.length && !"&#\"'`<> \t\r\n".includes(text[end]!)) end++;
  const value = text.slice(pair.valueStart, end);
  if (value !== "" && keys.isSensitiveQuery(pair.key, value)) return addSpan(spans, pair.valueStart, end);
  return pair.valueStart;
}

function addSpan(spans: Span[], start: number, end: number): number {
  if (end > start) spans.push([start, end]);
  return Math.max(end, start + 1);
}

function matchLength(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex - at : 0;
}
