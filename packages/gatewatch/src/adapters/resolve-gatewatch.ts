import { createGatewatch } from "../create-gatewatch.ts";
import type { Gatewatch, GatewatchOptions } from "../create-gatewatch.ts";

/** The given Gatewatch, or a new one with the given settings. */
export function resolveGatewatch(given: GatewatchOptions | Gatewatch): Gatewatch {
  return isGatewatch(given) ? given : createGatewatch(given);
}

function isGatewatch(given: GatewatchOptions | Gatewatch): given is Gatewatch {
  return "gate" in given && "recorder" in given;
}
