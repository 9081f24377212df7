const HEX_ID = /^[0-9a-f]{32}$/;

/** A debug id as it is stored: lower case, with its four dashes; null when it is none. */
export function parseDebugId(value: unknown): string | null {
  if (typeof value !== "string" || value.length > 40) return null;
  const hex = value.toLowerCase().replaceAll("-", "");
  if (!HEX_ID.test(hex) || /^0+$/.test(hex)) return null;
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
