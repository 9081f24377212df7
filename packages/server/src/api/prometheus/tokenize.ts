import { badData } from "./query-error.ts";

export interface Token {
  kind: "number" | "duration" | "text" | "name" | "sign" | "end";
  /** A text without its quotes, its escapes resolved. */
  value: string;
  /** Where it begins, in UTF-16 units. */
  at: number;
}

const MAX_QUERY_LENGTH = 10_000;
const BLANK = /(?:[ \t\r\n]|#[^\n]*)+/y;
const DURATION = /(?:\d+(?:ms|[smhdwy]))+(?![\w.])/y;
const NUMBER = /(?:0x[0-9a-f]+|\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)(?![\w.])/iy;
const NAME = /[a-zA-Z_][\w:]*/y;
const SIGN = /=~|!~|!=|==|>=|<=|[-+*/%^(){}[\],=<>@:]/y;
const ESCAPES: Readonly<Record<string, string>> = { a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };

/** The words of a PromQL query. @throws QueryError */
export function tokenize(query: string): Token[] {
  if (query.length > MAX_QUERY_LENGTH)
    throw badData(`the query has ${query.length} characters; at most ${MAX_QUERY_LENGTH} are read`);
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(query)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  const push = (kind: Token["kind"], value: string | undefined, start: number): boolean => {
    if (value === undefined) return false;
    tokens.push({ kind, value, at: start });
    return true;
  };
  while (at < query.length) {
    if (take(BLANK) !== undefined) continue;
    const start = at;
    if (push("duration", take(DURATION), start)) continue;
    if (push("number", take(NUMBER), start)) continue;
    if (push("name", take(NAME), start)) continue;
    if (push("sign", take(SIGN), start)) continue;
    const quote = query[at]!;
    if (quote !== '"' && quote !== "'" && quote !== "`")
      throw badData(`parse error at character ${at + 1}: unexpected character ${JSON.stringify(quote)}`);
    const { value, end } = readText(query, at);
    tokens.push({ kind: "text", value, at: start });
    at = end;
  }
  tokens.push({ kind: "end", value: "", at });
  return tokens;
}

function readText(query: string, start: number): { value: string; end: number } {
  const quote = query[start]!;
  let value = "";
  for (let at = start + 1; at < query.length; at++) {
    const char = query[at]!;
    if (char === quote) return { value, end: at + 1 };
    if (char !== "\\" || quote === "`") {
      value += char;
      continue;
    }
    at++;
    const escape = query[at] ?? "";
    const hex = /^(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4}))/.exec(query.slice(at, at + 5));
    if (hex !== null) {
      value += String.fromCharCode(Number.parseInt(hex[1] ?? hex[2]!, 16));
      at += hex[0].length - 1;
    } else if (Object.hasOwn(ESCAPES, escape)) value += ESCAPES[escape];
    else if (escape === "\\" || escape === '"' || escape === "'") value += escape;
    else throw badData(`parse error at character ${at + 1}: unknown escape sequence in a string`);
  }
  throw badData(`parse error at character ${start + 1}: unterminated quoted string`);
}
