import { checkPathPattern } from "../gate/path-pattern.ts";
import type { CodeKind } from "./option-kinds.ts";
import { splitList } from "./values/split-list.ts";
import { tryReadBoolean } from "./values/read-boolean.ts";

/** A list whose items are checked one by one; text is split at commas. */
export function listKind(allowed: string, parseItem: (item: unknown) => unknown): CodeKind {
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

/** Rules by path; docs/paths.md tells how they are written. */
export const PATHS: CodeKind = listKind(
  "a list of paths such as `/health`, `/api/*` or `GET /users/:id`",
  checkPathPattern,
);

/** A function or null. */
export function functionKind(signature: string): CodeKind {
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
export function tristateKind(otherwise: string): CodeKind {
  return {
    type: "code",
    allowed: `true, false, or null (${otherwise})`,
    parse: (value) => {
      if (value === null || typeof value === "boolean") return value;
      throw new TypeError(`it is ${JSON.stringify(value)}`);
    },
    fromText: (text) => {
      const word = text.trim().toLowerCase();
      return tryReadBoolean(word) ?? (word === "" || word === "null" || word === "auto" ? null : text);
    },
  };
}
