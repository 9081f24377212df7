/** Digits as people write amounts; not `007`, not `1e5`, and nothing that a number could not hold. */
const NUMERAL = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,10})?$/;
const MAX_DEPTH = 6;
/** Beyond it values stay as they are: what is shared in many places must not multiply the work. */
const MAX_VALUES = 100_000;

/** Forms send numbers as texts, and a text has no outliers. The given value stays as it is. */
export function coerceNumerals(value: unknown): unknown {
  return coerce(value, 0, { left: MAX_VALUES });
}

function coerce(value: unknown, depth: number, budget: { left: number }): unknown {
  if (typeof value === "string") return value.length <= 27 && NUMERAL.test(value) ? Number(value) : value;
  if (typeof value !== "object" || value === null || depth >= MAX_DEPTH || --budget.left < 0) return value;
  if (Array.isArray(value)) return value.map((item) => coerce(item, depth + 1, budget));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, coerce(part, depth + 1, budget)]));
}
