import type { Json } from "@gatewatch/protocol";

const MAX_CHARACTERS = 16_000;
const MAX_TEXT = 500;

/** An event as it is kept with an anomaly: whole, with its long texts cut, or only the beginning of its JSON. */
export function cutEvent(event: Readonly<Record<string, unknown>>): Json {
  const text = JSON.stringify(event);
  if (text.length <= MAX_CHARACTERS) return JSON.parse(text) as Json;
  const short = JSON.stringify(event, (_key, value: unknown) =>
    typeof value === "string" && value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value,
  );
  if (short.length <= MAX_CHARACTERS) return JSON.parse(short) as Json;
  // By way of bytes: a part of a long text would keep the whole of it in memory.
  return { beginning: Buffer.from(short.slice(0, MAX_CHARACTERS)).toString() };
}

/** Whether this is all that `cutEvent` could keep of an event. */
export function isBeginning(event: Readonly<Record<string, unknown>>): boolean {
  return typeof event.beginning === "string" && Object.keys(event).length === 1;
}
