import { WIRE_LIMITS, type Json } from "@gatewatch/protocol";
import type { Exchange } from "../../gate/exchange.ts";

const MAX_NAME = 128;

/**
 * Attaches what an app has put into its answer to the request's events: numbers as metrics, anything else as attributes. A value that is no
 * object keeps the member's own name. Returns how many values were too many, or had too long a name.
 */
export function keepMetrics(x: Exchange, name: string, value: Json): number {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return keepOne(x, name, value) ? 0 : 1;
  let dropped = 0;
  for (const [key, part] of Object.entries(value)) if (!keepOne(x, key, part)) dropped++;
  return dropped;
}

function keepOne(x: Exchange, name: string, value: Json): boolean {
  if (name.length > MAX_NAME || (typeof value === "number" && !Number.isFinite(value))) return false;
  const target: object = typeof value === "number" ? x.metrics : x.attributes;
  if (!Object.hasOwn(target, name) && Object.keys(target).length >= WIRE_LIMITS.maxAttributes) return false;
  // An own property whatever the name: `__proto__` must not reach the prototype.
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
  return true;
}
