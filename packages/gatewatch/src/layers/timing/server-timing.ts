import { timingsOf } from "../../gate/app-timings.ts";
import type { Exchange } from "../../gate/exchange.ts";

/** The value of `Server-Timing`: the whole first, then what the app has added (W3C Server Timing). */
export function formatServerTiming(x: Exchange, elapsedMs: number): string {
  let value = `app;dur=${elapsedMs.toFixed(1)}`;
  const timings = timingsOf(x);
  if (timings === undefined) return value;
  for (const { name, durationMs, description } of timings) {
    value += `, ${name}`;
    if (durationMs !== undefined) value += `;dur=${Math.round(durationMs * 10) / 10}`;
    if (description !== undefined) value += `;desc="${description}"`;
  }
  return value;
}
