import { ConfigError } from "./config-error.ts";
import { DEFAULTS } from "./defaults.ts";
import type { ConfigOptions, ConfigValues } from "./options.ts";
import { type ResolvedOptions, resolveOptions } from "./resolve-options.ts";
import { checkCacheOptions } from "./values/check-cache-options.ts";
import { checkCors } from "./values/check-cors.ts";
import { checkLimitGroups } from "./values/check-limit-groups.ts";

/** Groups whose layers make sense on one route. */
const ROUTE_GROUPS = [
  "timing",
  "securityHeaders",
  "cors",
  "rateLimit",
  "cache",
  "compression",
  "anomaly",
] as const satisfies readonly (keyof ConfigValues)[];
type RouteGroup = (typeof ROUTE_GROUPS)[number];

/** What `guard()` takes: settings of layers that run on one route, beside those of the whole app. */
export type RouteOptions = Pick<ConfigOptions, RouteGroup>;

/** What `guard()` was given, in full. */
export interface RouteValues extends ResolvedOptions {
  /** Groups that were named, also those that were switched off. */
  readonly given: readonly string[];
}

/** Only what is given is on; the environment has no say. @throws ConfigError for a mistake. */
export function resolveRouteOptions(given: RouteOptions): RouteValues {
  if (typeof given !== "object" || given === null) {
    throw new ConfigError("invalid_option", "guard", "guard() takes an object of options.");
  }
  const asked: Record<string, unknown> = {};
  for (const [group, value] of Object.entries(given)) {
    if (!(ROUTE_GROUPS as readonly string[]).includes(group)) {
      const message = `The option ${group} cannot be set for one route. Known are ${ROUTE_GROUPS.join(", ")}.`;
      throw new ConfigError("unknown_option", group, message);
    }
    asked[group] =
      hasSwitch(group) && typeof value === "object" && value !== null ? { enabled: true, ...value } : value;
  }
  const named = Object.keys(asked).filter((group) => asked[group] !== undefined);
  for (const group of Object.keys(DEFAULTS)) if (!(group in asked) && hasSwitch(group)) asked[group] = false;
  const values = resolveOptions(asked as ConfigOptions, { env: {}, dotenv: undefined });
  checkCombinations(values);
  return { ...values, given: named };
}

/** What each value alone does not tell; the app's values are checked where its layers are made of them. */
function checkCombinations({ cors, rateLimit, cache }: ConfigValues): void {
  if (cors.enabled) checkCors(cors);
  if (rateLimit.enabled) checkLimitGroups(rateLimit);
  if (cache.enabled) checkCacheOptions(cache);
}

function hasSwitch(group: string): boolean {
  const values: unknown = DEFAULTS[group as keyof ConfigValues];
  return typeof values === "object" && values !== null && "enabled" in values;
}
