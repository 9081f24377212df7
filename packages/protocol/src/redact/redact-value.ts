import { hasCardNumber } from "./find-cards.ts";
import { REDACTED } from "./redactor.ts";
import type { KeyRules } from "./sensitive-keys.ts";

const MAX_DEPTH = 20;
/** Values visited in one call; beyond it subtrees are replaced, so that shared references cannot multiply the work. */
const MAX_VISITS = 200_000;
const SMALLEST_CARD = 1e12;

/** Deep redaction of any JSON-like value; clean values come back as the same object. */
export function createValueRedactor(keys: KeyRules, redactText: (text: string) => string): <T>(value: T) => T {
  return <T>(value: T): T => {
    let visits = 0;
    const ancestors: object[] = [];

    function visit(item: unknown): unknown {
      if (typeof item === "string") return redactText(item);
      if (typeof item === "number") return item >= SMALLEST_CARD && hasCardNumber(String(item)) ? REDACTED : item;
      if (typeof item !== "object" || item === null || item instanceof Date) return item;
      if (++visits > MAX_VISITS || ancestors.length >= MAX_DEPTH || ancestors.includes(item)) return REDACTED;
      if (ArrayBuffer.isView(item)) return REDACTED;
      ancestors.push(item);
      const clean = Array.isArray(item) ? visitArray(item) : visitObject(item as Record<string, unknown>);
      ancestors.pop();
      return clean;
    }

    function visitArray(items: unknown[]): unknown[] {
      let copy: unknown[] | undefined;
      const named = items.length === 2 && typeof items[0] === "string" && keys.isSensitive(items[0]);
      for (let index = 0; index < items.length; index++) {
        const item = items[index];
        const clean = named && index === 1 ? hide(item) : visit(item);
        if (clean !== item) (copy ??= items.slice())[index] = clean;
      }
      return copy ?? items;
    }

    function visitObject(fields: Record<string, unknown>): Record<string, unknown> {
      let copy: Record<string, unknown> | undefined;
      const named = isNamedSecret(fields, keys);
      for (const key of Object.keys(fields)) {
        const item = fields[key];
        const clean = keys.isSensitive(key) || (named && key === "value") ? hide(item) : visit(item);
        const cleanKey = redactText(key);
        if (clean === item && cleanKey === key) continue;
        copy ??= copyFields(fields);
        if (cleanKey !== key) delete copy[key];
        setField(copy, cleanKey, clean);
      }
      return copy ?? fields;
    }

    try {
      return visit(value) as T;
    } catch {
      // A getter or a proxy of the app threw: nothing of it may leave.
      return REDACTED as T;
    }
  };
}

/** What says nothing by itself stays readable: absent, empty, yes or no. */
function hide(item: unknown): unknown {
  return item === null || item === undefined || item === "" || typeof item === "boolean" ? item : REDACTED;
}

/** `{ name: "password", value: "…" }`, as forms and archives write fields. */
function isNamedSecret(fields: Record<string, unknown>, keys: KeyRules): boolean {
  if (!("value" in fields)) return false;
  const name = fields["name"] ?? fields["key"] ?? fields["field"];
  return typeof name === "string" && keys.isSensitive(name);
}

function copyFields(fields: Record<string, unknown>): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(fields)) setField(copy, key, fields[key]);
  return copy;
}

/** A key like `__proto__` stays a plain field. */
function setField(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__")
    Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
  else target[key] = value;
}
