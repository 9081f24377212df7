import { essenceOf } from "./essence-of.ts";

/** Whether a `Content-Type` is JSON: `application/json`, or any type with the suffix `+json` (RFC 6839), whatever its parameters. */
export function isJson(type: string): boolean {
  const essence = essenceOf(type);
  return essence === "application/json" || (essence.endsWith("+json") && essence.indexOf("/") > 0);
}
