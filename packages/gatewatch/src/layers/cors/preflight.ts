import type { Exchange } from "../../gate/exchange.ts";
import type { CorsPlan } from "./compile-cors.ts";

/** Longer lists of asked-for headers are nobody's. */
const MAX_ASKED_LENGTH = 2048;
const NAMES = /^[\w!#$%&'*+.^`|~-]+(?:[ \t]*,[ \t]*[\w!#$%&'*+.^`|~-]+)*$/;

/** Whether the rules allow what is asked; without `strictPreflight` the browser compares for itself. */
export function isPreflightAllowed(x: Exchange, plan: CorsPlan, method: string): boolean {
  if (!plan.strictPreflight) return true;
  if (!plan.methods.includes(method) && !plan.methods.includes("*")) return false;
  const asked = x.headers.get("access-control-request-headers");
  const { allowedHeaders } = plan;
  if (asked === undefined || asked === "" || allowedHeaders === undefined || allowedHeaders.has("*")) return true;
  return asked.split(",").every((name) => allowedHeaders.has(name.trim().toLowerCase()));
}

/** What an allowed preflight is told beside the origin. */
export function buildPreflight(x: Exchange, plan: CorsPlan): Record<string, string> {
  const headers: Record<string, string> = {
    "Access-Control-Allow-Methods": plan.methodsText,
    "Access-Control-Max-Age": plan.maxAgeText,
  };
  const vary: string[] = [];
  if (plan.allowedHeaders !== undefined) {
    if (plan.allowedHeadersText !== "") headers["Access-Control-Allow-Headers"] = plan.allowedHeadersText;
  } else {
    vary.push("Access-Control-Request-Headers");
    const asked = x.headers.get("access-control-request-headers");
    if (asked !== undefined && asked.length <= MAX_ASKED_LENGTH && NAMES.test(asked)) {
      headers["Access-Control-Allow-Headers"] = asked;
    }
  }
  if (plan.privateNetwork) {
    vary.push("Access-Control-Request-Private-Network");
    if (x.headers.get("access-control-request-private-network") === "true") {
      headers["Access-Control-Allow-Private-Network"] = "true";
    }
  }
  if (vary.length > 0) headers["Vary"] = vary.join(", ");
  return headers;
}
