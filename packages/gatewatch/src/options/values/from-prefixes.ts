/** Beginnings of paths, as other systems list them, to patterns. What is no text stays, and is refused as what it is. */
export function fromPrefixes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => fromPrefixes(item));
  if (typeof value !== "string") return value;
  return value
    .split(",")
    .map((path) => path.trim())
    .filter((path) => path !== "")
    .map((path) => (path.endsWith("*") ? path : `${path}*`))
    .join(",");
}
