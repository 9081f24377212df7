import type { Directives } from "./parse-cache-control.ts";

const KEY = /^[a-z*][a-z0-9_\-.*]*/;
const INTEGER = /^-?\d{1,15}(?![\d.])/;
const DECIMAL = /^-?\d{1,12}\.\d{1,3}(?!\d)/;
const STRING = /^"((?:[\u0020\u0021\u0023-\u005B\u005D-\u007E]|\\["\\])*)"/;
const TOKEN = /^[A-Za-z*][\w!#$%&'*+\-.^`|~:/]*/;
const BYTES = /^:[A-Za-z0-9+/=]*:/;
const BOOLEAN = /^\?[01]/;

type Kind = "integer" | "decimal" | "string" | "token" | "bytes" | "boolean" | "list";

interface Item {
  kind: Kind;
  text: string;
  rest: string;
}

const SECONDS = new Set(["max-age", "s-maxage", "stale-while-revalidate", "stale-if-error"]);

/**
 * Reads a targeted field such as `CDN-Cache-Control` (RFC 9213): a Dictionary of Structured Fields (RFC 9651). Undefined when it is none, is empty,
 * or gives a directive a value of the wrong type: then it is as if the field were not there.
 */
export function tryParseTargetedField(field: string): Directives | undefined {
  const found = new Map<string, string>();
  let rest = trimStart(field);
  while (rest !== "") {
    const key = KEY.exec(rest)?.[0];
    if (key === undefined) return undefined;
    rest = rest.slice(key.length);
    let item: Item = { kind: "boolean", text: "?1", rest };
    if (rest.startsWith("=")) {
      const read = tryReadMember(rest.slice(1));
      if (read === undefined) return undefined;
      item = read;
    }
    const after = trySkipParameters(item.rest);
    if (after === undefined || !isRightType(key, item)) return undefined;
    if (item.text === "?0") found.delete(key);
    else found.set(key, item.kind === "boolean" ? "" : item.text);
    rest = trimStart(after);
    if (rest === "") break;
    if (!rest.startsWith(",")) return undefined;
    rest = trimStart(rest.slice(1));
    if (rest === "") return undefined;
  }
  if (found.size === 0) return undefined;
  return {
    has: (name) => found.has(name),
    values: (name) => {
      const value = found.get(name);
      return value === undefined ? undefined : [value];
    },
  };
}

function isRightType(key: string, { kind, text }: Item): boolean {
  if (SECONDS.has(key)) return kind === "integer" && !text.startsWith("-");
  if (key === "private" || key === "no-cache") return kind === "boolean" || kind === "string";
  return true;
}

function tryReadMember(text: string): Item | undefined {
  return text.startsWith("(") ? tryReadInnerList(text) : tryReadItem(text);
}

function tryReadItem(text: string): Item | undefined {
  const forms: [Kind, RegExp][] = [
    ["decimal", DECIMAL],
    ["integer", INTEGER],
    ["string", STRING],
    ["token", TOKEN],
    ["bytes", BYTES],
    ["boolean", BOOLEAN],
  ];
  for (const [kind, form] of forms) {
    const match = form.exec(text);
    if (match === null) continue;
    const value = kind === "string" ? (match[1] ?? "").replaceAll(/\\(.)/g, "$1") : match[0];
    return { kind, text: value, rest: text.slice(match[0].length) };
  }
  return undefined;
}

function tryReadInnerList(text: string): Item | undefined {
  let rest = text.slice(1);
  for (;;) {
    const inner = rest.replace(/^ +/, "");
    if (inner.startsWith(")")) return { kind: "list", text: "", rest: inner.slice(1) };
    if (inner.length === rest.length && rest !== text.slice(1)) return undefined;
    const item = tryReadItem(inner);
    const after = item === undefined ? undefined : trySkipParameters(item.rest);
    if (after === undefined) return undefined;
    rest = after;
  }
}

function trySkipParameters(text: string): string | undefined {
  let rest = text;
  while (rest.startsWith(";")) {
    rest = rest.slice(1).replace(/^ +/, "");
    const key = KEY.exec(rest)?.[0];
    if (key === undefined) return undefined;
    rest = rest.slice(key.length);
    if (!rest.startsWith("=")) continue;
    const item = tryReadItem(rest.slice(1));
    if (item === undefined) return undefined;
    rest = item.rest;
  }
  return rest;
}

function trimStart(text: string): string {
  return text.replace(/^[ \t]+/, "");
}
