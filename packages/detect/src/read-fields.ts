/** What stands at a place of an event. */
export type FieldValue = number | string;

/** Fields of one event that are looked at; further ones are passed over. */
const MAX_FIELDS = 64;
const MAX_DEPTH = 4;
const MAX_PATH = 96;
const MAX_NUMERAL = 32;

/**
 * Calls `visit` for each value of an event by its dotted path: numerals as numbers, whether written as numbers or as texts; of lists only the
 * length. `timestamp` at the top is passed over: it never comes again.
 */
export function readFields(
  event: Readonly<Record<string, unknown>>,
  visit: (path: string, value: FieldValue) => void,
): void {
  let left = MAX_FIELDS;

  function walk(value: object, prefix: string, depth: number): void {
    for (const name in value) {
      if (left <= 0) return;
      if (!Object.hasOwn(value, name) || (depth === 1 && name === "timestamp")) continue;
      const path = prefix === "" ? name : `${prefix}.${name}`;
      if (path.length > MAX_PATH) continue;
      take(path, (value as Record<string, unknown>)[name], depth);
    }
  }

  function take(path: string, value: unknown, depth: number): void {
    switch (typeof value) {
      case "number":
        if (Number.isFinite(value)) emit(path, value);
        return;
      case "bigint":
        return emit(path, Number(value));
      case "string":
        return emit(path, tryReadNumeral(value) ?? value);
      case "boolean":
        return emit(path, value ? "true" : "false");
      case "object":
        if (value === null) emit(path, "null");
        else if (Array.isArray(value)) emit(`${path}.length`, value.length);
        else if (depth < MAX_DEPTH) walk(value, path, depth + 1);
    }
  }

  function emit(path: string, value: FieldValue): void {
    left--;
    visit(path, value);
  }

  walk(event, "", 1);
}

/** Forms send numbers as texts. */
function tryReadNumeral(text: string): number | undefined {
  if (text.length === 0 || text.length > MAX_NUMERAL) return undefined;
  const first = text.charCodeAt(0);
  const isNumeral = (first >= 48 && first <= 57) || first === 43 || first === 45 || first === 46;
  if (!isNumeral) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}
