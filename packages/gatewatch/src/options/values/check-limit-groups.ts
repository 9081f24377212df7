import { ConfigError } from "../config-error.ts";
import type { RateLimitOptions } from "../groups/rate-limit.ts";

/** @throws ConfigError for routes that cannot share the counter of their group. */
export function checkLimitGroups({ routes, group, algorithm, windowMs }: RateLimitOptions): void {
  const known = new Map([[group, { algorithm, windowMs }]]);
  for (const [route, limits] of Object.entries(routes ?? {})) {
    if (limits === false) continue;
    const own = typeof limits === "number" ? {} : limits;
    const name = own.group ?? route;
    const rule = { algorithm: own.algorithm ?? algorithm, windowMs: own.windowMs ?? windowMs };
    const other = known.get(name);
    if (other === undefined) known.set(name, rule);
    else if (other.algorithm !== rule.algorithm || other.windowMs !== rule.windowMs) {
      const message = `rateLimit.routes["${route}"] shares the counter "${name}" with another limit, so it must have the same algorithm and windowMs.`;
      throw new ConfigError("invalid_option", "rateLimit.routes", message);
    }
  }
}
