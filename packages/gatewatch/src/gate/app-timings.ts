import type { Exchange } from "./exchange.ts";
import { createSlot } from "./slot.ts";

/** One entry of `Server-Timing`, ready to be written. */
export interface AppTiming {
  name: string;
  durationMs: number | undefined;
  description: string | undefined;
}

const timings = createSlot<AppTiming[]>("timings");
const MAX_TIMINGS = 32;
const MAX_DESCRIPTION = 100;
/** A token of RFC 9110, section 5.6.2. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]{1,64}$/;

/** What the app has measured in this exchange; what cannot be written, and more than 32 entries, are left out. */
export function addTiming(x: Exchange, name: string, durationMs?: number, description?: string): void {
  if (typeof name !== "string" || !TOKEN.test(name)) return;
  if (durationMs !== undefined && !Number.isFinite(durationMs)) return;
  const list = timings.get(x);
  const entry = { name, durationMs, description: quotable(description) };
  if (list === undefined) timings.set(x, [entry]);
  else if (list.length < MAX_TIMINGS) list.push(entry);
}

export function timingsOf(x: Exchange): readonly AppTiming[] | undefined {
  return timings.get(x);
}

/** The inside of a quoted string: printable ASCII, quotes and backslashes escaped. */
function quotable(text: unknown): string | undefined {
  if (typeof text !== "string") return undefined;
  return text
    .slice(0, MAX_DESCRIPTION)
    .replaceAll(/[^\u0020-\u007e]/g, "?")
    .replaceAll(/["\\]/g, String.raw`\$&`);
}
