import { describe, expect, it } from "vitest";
import type { GatewatchOptions } from "../create-gatewatch.ts";
import { ConfigError } from "./config-error.ts";
import { OPTION_TABLE } from "./option-table.ts";
import type { OtherNames } from "./other-names.ts";
import { resolveOptions } from "./resolve-options.ts";
import { resolveRouteOptions, type RouteOptions } from "./resolve-route-options.ts";

/** What users write, as the pages show it: `satisfies` is half of the test. */
const EXAMPLES = {
  "times to live as numbers": { cache: { enabled: true, routes: { "/api/*": 60_000 } } },
  "times to live with more": {
    cache: {
      enabled: true,
      routes: { "/api/products*": { ttlMs: 60_000, staleWhileRevalidateMs: 30_000 }, "/health": { ttlMs: 1000 } },
    },
  },
  "limits by route": {
    trustProxy: ["loopback"],
    rateLimit: {
      enabled: true,
      limit: 1000,
      windowMs: 60_000,
      skip: ["/health"],
      routes: {
        "POST /login": { limit: 5, windowMs: 900_000 },
        "/api/search": { limit: 30, algorithm: "token-bucket", burst: 10 },
        "/api/cheap": 100,
        "/webhooks/*": false,
      },
    },
  },
  "headers by route": {
    securityHeaders: {
      contentSecurityPolicy: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'nonce'", "'strict-dynamic'"],
        frameAncestors: ["'none'"],
        upgradeInsecureRequests: true,
      },
      reportPath: "/__gatewatch/csp",
      routes: { "/embed*": { xFrameOptions: false, contentSecurityPolicy: "frame-ancestors https://partner.example" } },
      signOutPaths: ["/logout"],
    },
  },
  "origins by route": {
    cors: {
      origins: ["https://app.example.com", "https://*.preview.example.com", /^https:\/\/pr-\d+\.example\.dev$/],
      credentials: true,
      exposedHeaders: ["X-Request-ID"],
      routes: { "/public/*": { origins: "*", credentials: false }, "/internal/*": false },
    },
  },
  "durations by route": { timing: { slowMs: 500, slowRoutes: { "POST /videos": 30_000, "/api/*": 200, "/feed": 0 } } },
  "errors by type": {
    errorBoundary: { respond: true, statusByType: { ValidationError: 400 }, threshold: 5, windowMs: 60_000 },
  },
  "paths that are not compressed": {
    compression: {
      skip: ["/account/*"],
      skipSecrets: true,
      filter: (exchange) => (exchange.method === "POST" ? false : undefined),
    },
  },
  "levels by status": { accessLog: { levels: { "404": "info" } }, metrics: { path: "/metrics", allow: ["loopback"] } },
  "one text for a list": {
    trustProxy: "loopback",
    metrics: { path: "/metrics", allow: "loopback" },
    accessLog: { skip: "/health" },
  },
  "layers switched": { timing: false, cache: true, cors: { origins: ["https://app.example.com"] } },
  "names of other systems": {
    accessLog: { log_requests: true, log_responses: false, log_errors: true, sensitive_headers: "x-tenant" },
    timing: { track_performance: true, slow_request_threshold: 1.5, memory_tracking: true, memory_threshold: 1e8 },
    errorBoundary: { error_tracking: true, alert_threshold: 5, alert_window: 300, error_types_to_track: ["TypeError"] },
    anomaly: {
      streamId: "s",
      excludePaths: ["/admin/"],
      blockAnomalies: true,
      baseUrl: "http://x.test",
      asyncMode: true,
    },
    cerberus: { ws_url: "wss://x.test", client_id: "c", secret_key: "k", sample_rate: 0.5, capturePaths: ["/api/*"] },
  },
  "a preset": { preset: "web", trustProxy: ["private"] },
} satisfies Record<string, GatewatchOptions>;

const ROUTES = {
  "a limit": { rateLimit: { limit: 5, windowMs: 900_000, rewardOn: ["2xx"] } },
  "a cache": { cache: { routes: { "/*": 60_000 } } },
  "a frame": { securityHeaders: { xFrameOptions: false }, compression: false },
} satisfies Record<string, RouteOptions>;

/** Complete by its type: a name is here exactly when the types know it. */
const NAMES: { [G in keyof OtherNames]: Record<keyof OtherNames[G], true> } = {
  accessLog: { log_requests: true, log_responses: true, log_errors: true, sensitive_headers: true },
  timing: {
    track_performance: true,
    slow_request_threshold: true,
    slow_threshold: true,
    memory_tracking: true,
    memory_threshold: true,
  },
  errorBoundary: { error_tracking: true, alert_threshold: true, alert_window: true, error_types_to_track: true },
  anomaly: {
    streamId: true,
    STREAM_ID: true,
    excludePaths: true,
    EXCLUDE_PATHS: true,
    blockAnomalies: true,
    baseUrl: true,
    BASE_URL: true,
    API_KEY: true,
    asyncMode: true,
    ASYNC_MODE: true,
  },
  cerberus: {
    ws_url: true,
    client_id: true,
    secret_key: true,
    backend_url: true,
    sample_rate: true,
    capturePaths: true,
    excludePaths: true,
    response_body: true,
    customSensitiveKeys: true,
    customPiiPatterns: true,
  },
};

describe("options as users write them", () => {
  it.each(Object.entries<GatewatchOptions>(EXAMPLES))("are taken as they are: %s", (_name, options) => {
    expect(resolveOptions(options, { env: {}, dotenv: undefined }).warnings).toEqual([]);
  });

  it.each(Object.entries<RouteOptions>(ROUTES))("are taken for one route: %s", (_name, options) => {
    expect(resolveRouteOptions(options).given).toEqual(Object.keys(options));
  });

  it("may have the names of other systems, all of which the types know", () => {
    const inTable = OPTION_TABLE.flatMap(({ key, names }) => names.map(({ name }) => `${key.split(".")[0]}.${name}`));
    const inTypes = Object.entries(NAMES).flatMap(([group, names]) =>
      Object.keys(names).map((name) => `${group}.${name}`),
    );
    expect(inTypes.toSorted()).toEqual(inTable.toSorted());
  });

  it("are told from mistakes by their types, too", () => {
    const wrong: unknown[] = [
      // @ts-expect-error A text is no duration.
      { cache: { routes: { "/api/*": "1m" } } } satisfies GatewatchOptions,
      // @ts-expect-error It is `ttlMs`.
      { cache: { routes: { "/api/*": { ttl: 60_000 } } } } satisfies GatewatchOptions,
      // @ts-expect-error There is no such algorithm.
      { rateLimit: { routes: { "/a": { algorithm: "leaky" } } } } satisfies GatewatchOptions,
      // @ts-expect-error `true` is no limit.
      { rateLimit: { routes: { "/a": true } } } satisfies GatewatchOptions,
      // @ts-expect-error A number is no origin.
      { cors: { routes: { "/a": { origins: 5 } } } } satisfies GatewatchOptions,
      // @ts-expect-error It is `skip`.
      { anomaly: { exclude: ["/a"] } } satisfies GatewatchOptions,
      // @ts-expect-error A text is no number of seconds.
      { timing: { slow_threshold: "1s" } } satisfies GatewatchOptions,
      // @ts-expect-error A text is no duration.
      { timing: { slowRoutes: { "/a": "fast" } } } satisfies GatewatchOptions,
    ];
    for (const options of wrong) {
      expect(() => resolveOptions(options as GatewatchOptions, { env: {}, dotenv: undefined })).toThrow(ConfigError);
    }
  });
});
