import type { Json } from "@gatewatch/protocol";

const MAX_CHARACTERS = 16_000;
const MAX_TEXT = 500;

/** An event as it is kept with an anomaly; `isWhole` is false when something of it had to be left out. */
export function cutEvent(event: Readonly<Record<string, unknown>>): { event: Json; isWhole: boolean } {
  const text = JSON.stringify(event);
  if (text.length <= MAX_CHARACTERS) return { event: JSON.parse(text) as Json, isWhole: true };
  const short = JSON.stringify(event, (_key, value: unknown) =>
    typeof value === "string" && value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value,
  );
  if (short.length <= MAX_CHARACTERS) return { event: JSON.parse(short) as Json, isWhole: false };
  return { event: { beginning: short.slice(0, MAX_CHARACTERS) }, isWhole: false };
}
