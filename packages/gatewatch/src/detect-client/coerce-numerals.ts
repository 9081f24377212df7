/** Digits as people write amounts; not `007`, not `1e5`, and nothing that a number could not hold. */
const NUMERAL = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,10})?$/;
const MAX_DEPTH = 6;

/** Forms send numbers as texts, and a text has no outliers. The given value stays as it is. */
export function coerceNumerals(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return value.length <= 27 && NUMERAL.test(value) ? Number(value) : value;
  if (typeof value !== "object" || value === null || depth >= MAX_DEPTH) return value;
  if (Array.isArray(value)) return value.map((item) => coerceNumerals(item, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, coerceNumerals(part, depth + 1)]));
}
