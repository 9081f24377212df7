import { ConfigError } from "./config-error.ts";
import { DEFAULTS } from "./defaults.ts";
import type { ConfigOptions, ConfigValues } from "./options.ts";
import { resolveOptions } from "./resolve-options.ts";

/** Groups whose layers make sense on one route. */
const ROUTE_GROUPS = ["timing", "securityHeaders", "cors", "rateLimit", "cache", "compression", "anomaly"] as const;
type RouteGroup = Extract<keyof ConfigValues, (typeof ROUTE_GROUPS)[number]>;

/** What `guard()` takes: settings of layers that run on one route, beside those of the whole app. */
export type RouteOptions = Pick<ConfigOptions, RouteGroup>;

/** Only what is given is on; the environment has no say. @throws ConfigError for a mistake. */
export function resolveRouteOptions(given: RouteOptions): ConfigValues {
  if (typeof given !== "object" || given === null) {
    throw new ConfigError("invalid_option", "guard", "guard() takes an object of options.");
  }
  const asked: Record<string, unknown> = {};
  for (const [group, value] of Object.entries(given)) {
    if (!(ROUTE_GROUPS as readonly string[]).includes(group) || !(group in DEFAULTS)) {
      const known = ROUTE_GROUPS.filter((name) => name in DEFAULTS).join(", ");
      throw new ConfigError(
        "unknown_option",
        group,
        `The option ${group} cannot be set for one route. Known are ${known}.`,
      );
    }
    asked[group] =
      hasSwitch(group) && typeof value === "object" && value !== null ? { enabled: true, ...value } : value;
  }
  for (const group of Object.keys(DEFAULTS)) if (!(group in asked) && hasSwitch(group)) asked[group] = false;
  return resolveOptions(asked as ConfigOptions, { env: {}, dotenv: undefined });
}

function hasSwitch(group: string): boolean {
  const values: unknown = DEFAULTS[group as keyof ConfigValues];
  return typeof values === "object" && values !== null && "enabled" in values;
}
