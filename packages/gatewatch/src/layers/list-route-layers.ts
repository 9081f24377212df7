import { createHash } from "node:crypto";
import type { Layer } from "../gate/layer.ts";
import type { RateLimitOptions } from "../options/groups/rate-limit.ts";
import type { ConfigValues } from "../options/options.ts";
import type { RouteValues } from "../options/resolve-route-options.ts";
import { createCompressionLayer } from "./compression/create-compression-layer.ts";
import { createCorsLayer } from "./cors/create-cors-layer.ts";
import { type LayerPorts, listLayers } from "./list.ts";
import { createSecurityHeadersLayer } from "./security-headers/create-security-headers-layer.ts";

/** Where a limit counts, and how it speaks to clients; whom it limits, and how far, each limit says for itself. */
const SHARED_BY_LIMITS = [
  "headers",
  "problemJson",
  "status",
  "message",
  "ipv6Prefix",
  "store",
  "redisPrefix",
  "maxKeys",
  "redisTimeoutMs",
  "failMode",
  "localShare",
] as const satisfies readonly (keyof RateLimitOptions)[];

/**
 * The layers of one route. Of those that shape answers there is one decision per exchange, and the route's layer takes it: what it does not set
 * holds as for the whole app, and one that is switched off keeps the app's own from acting.
 */
export function listRouteLayers(app: ConfigValues, route: RouteValues, ports: LayerPorts): Layer[] {
  const values: ConfigValues = {
    ...route,
    securityHeaders: inherit(app, route, "securityHeaders", { routes: null }),
    cors: inherit(app, route, "cors", { routes: null }),
    compression: inherit(app, route, "compression", { skip: [] }),
    rateLimit: inheritLimit(app, route),
  };
  const { securityHeaders, cors, compression } = values;
  const isOff = (group: "securityHeaders" | "cors" | "compression"): boolean =>
    route.given.includes(group) && !route[group].enabled;
  return [
    ...listLayers(values, { ...ports, cacheOfRoute: describeCache(app, route), build: buildOrSay(ports.log) }),
    ...(isOff("securityHeaders") ? [createSecurityHeadersLayer(securityHeaders, ports)] : []),
    ...(isOff("cors") ? [createCorsLayer({ ...cors, credentials: false })] : []),
    ...(isOff("compression") ? [createCompressionLayer(compression)] : []),
  ];
}

/** What this route says may not go with what it inherits from the app: then the route does without that layer, and with its others. */
function buildOrSay(log: LayerPorts["log"]): LayerPorts["build"] {
  return (name, make) => {
    try {
      return make();
    } catch (error) {
      log.writeNotice({
        level: "error",
        code: "guard_refused",
        message: `guard({ ${name} }) is left out: ${error instanceof Error ? error.message : String(error)}`,
      });
      return false;
    }
  };
}

/** The same options are the same cache in every process; what else acts on its answers is the app's. */
function describeCache(app: ConfigValues, route: RouteValues): LayerPorts["cacheOfRoute"] {
  const region = createHash("sha256").update(JSON.stringify(route.cache)).digest("base64url").slice(0, 16);
  const { compression } = route.given.includes("compression") ? route : app;
  return {
    region,
    ownNames: [app.requestId.header, app.errorBoundary.header],
    isCompressed: compression.enabled,
  };
}

/** The app's values, without those that go by path, under those that the route has set. */
function inherit<G extends "securityHeaders" | "cors" | "compression">(
  app: ConfigValues,
  route: RouteValues,
  group: G,
  byPath: Partial<ConfigValues[G]>,
): ConfigValues[G] {
  const own = Object.entries(route[group]).filter(([name]) => route.set.includes(`${group}.${name}`));
  return { ...app[group], ...byPath, ...Object.fromEntries(own) };
}

function inheritLimit(app: ConfigValues, route: RouteValues): RateLimitOptions {
  const inherited = SHARED_BY_LIMITS.filter((name) => !route.set.includes(`rateLimit.${name}`));
  return { ...route.rateLimit, ...Object.fromEntries(inherited.map((name) => [name, app.rateLimit[name]])) };
}
