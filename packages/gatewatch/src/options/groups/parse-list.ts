import type { OptionKind } from "../option-kinds.ts";

/** A list whose items are checked one by one; text is split at commas. */
export function listKind(allowed: string, parseItem: (item: unknown) => unknown): OptionKind {
  return {
    type: "code",
    allowed,
    parse: (value) => {
      if (value === null) throw new TypeError("it is null");
      const items: unknown[] = typeof value === "string" ? splitList(value) : [value].flat();
      return Object.freeze([...new Set(items.map((item) => parseItem(item)))]);
    },
    fromText: splitList,
  };
}

export function splitList(text: string): string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

/** RFC 9110, section 5.6.2; in lower case. @throws TypeError */
export function parseHeaderName(item: unknown): string {
  const name = typeof item === "string" ? item.trim().toLowerCase() : "";
  if (/^[\w!#$%&'*+.^`|~-]{1,100}$/.test(name)) return name;
  throw new TypeError(`${JSON.stringify(item)} is no name of a header`);
}

/** A table written as JSON in the environment. @throws TypeError */
export function readJson(text: string): unknown {
  if (text.trim() === "") return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** A function or null. */
export function functionKind(signature: string): OptionKind {
  return {
    type: "code",
    allowed: `a function ${signature}, or null`,
    parse: (value) => {
      if (value === null || typeof value === "function") return value;
      throw new TypeError(`it is a ${typeof value}`);
    },
  };
}

/** `true`, `false`, or null for what something else decides. */
export function tristateKind(otherwise: string): OptionKind {
  return {
    type: "code",
    allowed: `true, false, or null (${otherwise})`,
    parse: (value) => {
      if (value === null || typeof value === "boolean") return value;
      throw new TypeError(`it is ${JSON.stringify(value)}`);
    },
    fromText: (text) => {
      const word = text.trim().toLowerCase();
      if (["1", "true", "yes", "on"].includes(word)) return true;
      if (["0", "false", "no", "off"].includes(word)) return false;
      return word === "" || word === "null" || word === "auto" ? null : text;
    },
  };
}
