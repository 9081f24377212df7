import { expect } from "vitest";
import type { Asked, LayerRow } from "./row.ts";

const SAFE = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "SAMEORIGIN",
  "referrer-policy": "strict-origin-when-cross-origin",
  "x-permitted-cross-domain-policies": "none",
  "x-powered-by": null,
  "strict-transport-security": null,
  "content-security-policy": null,
};
const ORIGIN = "https://shop.test";
const shared = { cors: { origins: [ORIGIN], credentials: true, exposedHeaders: ["X-Total"] } };
const preflight = (origin: string, sees: Asked["sees"]): Asked => ({
  path: "/items/7",
  method: "OPTIONS",
  headers: { origin, "access-control-request-method": "PUT", "access-control-request-headers": "x-mine" },
  sees,
});

/** security-headers, cors. */
export const HEADER_ROWS: readonly LayerRow[] = [
  {
    layer: "security-headers",
    name: "every answer has those that break no page, by default",
    asks: [
      { path: "/text", sees: { headers: SAFE } },
      { path: "/stream", sees: { headers: SAFE } },
      { path: "/nowhere", sees: { status: 404, headers: { "x-content-type-options": "nosniff" } } },
      { path: "/throws", sees: { status: 500, headers: { "x-content-type-options": "nosniff" } } },
      { path: "/text", method: "HEAD", sees: { headers: SAFE } },
    ],
    errors: [{}],
  },
  {
    layer: "security-headers",
    name: "what the app says stays",
    asks: [
      {
        path: "/page",
        sees: {
          headers: { "x-frame-options": "DENY", "referrer-policy": "origin", "x-content-type-options": "nosniff" },
        },
      },
    ],
  },
  {
    layer: "security-headers",
    name: "the preset strict",
    options: { preset: "strict" },
    asks: [
      {
        path: "/text",
        sees: {
          headers: {
            "content-security-policy": /^default-src 'self'; .*frame-ancestors 'none'$/,
            "x-frame-options": "DENY",
            "referrer-policy": "no-referrer",
            "permissions-policy": /camera=\(\)/,
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "cross-origin-embedder-policy": "require-corp",
            "cache-control": "no-store, max-age=0",
            "strict-transport-security": null,
          },
        },
      },
      { path: "/page", sees: { headers: { "x-frame-options": "DENY", "referrer-policy": "origin" } } },
      { path: "/cached", sees: { headers: { "cache-control": "public, max-age=60" } } },
    ],
  },
  {
    layer: "security-headers",
    name: "HSTS once a trusted proxy says https",
    options: { trustProxy: ["loopback"] },
    asks: [
      {
        path: "/text",
        headers: { "x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.9" },
        sees: { headers: { "strict-transport-security": "max-age=31536000" } },
      },
    ],
  },
  {
    layer: "security-headers",
    name: "policies on documents alone, with a nonce of each answer's own",
    options: { securityHeaders: { contentSecurityPolicy: "script-src 'nonce'" } },
    asks: [
      { path: "/page", sees: { headers: { "content-security-policy": /^script-src 'nonce-[\w+/-]{16,}={0,2}'$/ } } },
      { path: "/page", sees: {} },
      { path: "/text", sees: { headers: { "content-security-policy": null } } },
    ],
    check({ answers: [first, second] }) {
      expect(first?.headers["content-security-policy"]).not.toBe(second?.headers["content-security-policy"]);
    },
  },
  {
    layer: "security-headers",
    name: "reports about a policy are taken before the app",
    options: { securityHeaders: { contentSecurityPolicy: "default-src 'self'", reportPath: "/reports" } },
    asks: [
      {
        path: "/reports",
        method: "POST",
        headers: { "content-type": "application/csp-report" },
        body: JSON.stringify({ "csp-report": { "blocked-uri": "inline", "violated-directive": "script-src" } }),
        sees: { status: 204 },
      },
    ],
    check({ core, runs }) {
      expect(core.stats().layers["security-headers"]).toMatchObject({ reports: 1 });
      expect(runs).toEqual([]);
    },
  },
  {
    layer: "cors",
    name: "a preflight is answered before the app",
    options: shared,
    asks: [
      preflight(ORIGIN, {
        status: 204,
        headers: {
          "access-control-allow-origin": ORIGIN,
          "access-control-allow-methods": "GET, HEAD, PUT, PATCH, POST, DELETE",
          "access-control-allow-headers": "x-mine",
          "access-control-allow-credentials": "true",
          "access-control-max-age": "600",
          vary: /Origin/,
        },
        body: "",
      }),
    ],
    check: ({ runs }) => expect(runs).toEqual([]),
  },
  {
    layer: "cors",
    name: "an answer says who may read it, errors too",
    options: shared,
    asks: ["/text", "/stream", "/throws", "/nowhere"].map((path) => ({
      path,
      headers: { origin: ORIGIN },
      sees: {
        status: { "/throws": 500, "/nowhere": 404 }[path] ?? 200,
        headers: {
          "access-control-allow-origin": ORIGIN,
          "access-control-allow-credentials": "true",
          "access-control-expose-headers": "X-Total",
          vary: /Origin/,
        },
      },
    })),
    errors: [{}],
  },
  {
    layer: "cors",
    name: "another origin is refused, and caches in between are told",
    options: shared,
    asks: [
      {
        path: "/text",
        headers: { origin: "https://evil.test" },
        sees: { headers: { "access-control-allow-origin": null, vary: /Origin/ }, body: "plain words" },
      },
      { path: "/text", sees: { headers: { "access-control-allow-origin": null, vary: /Origin/ } } },
      preflight("https://evil.test", {
        status: 204,
        headers: { "access-control-allow-origin": null, "access-control-allow-methods": null },
      }),
    ],
  },
  {
    layer: "cors",
    name: "strict preflights refuse what is not allowed",
    options: { cors: { origins: [ORIGIN], methods: ["GET"], strictPreflight: true } },
    asks: [preflight(ORIGIN, { status: 403 })],
    check: ({ core }) => expect(core.stats().layers["cors"]).toMatchObject({ preflights: 1, preflightsRefused: 1 }),
  },
  {
    layer: "cors",
    name: "nothing is said while no origin is named",
    asks: [
      {
        path: "/text",
        headers: { origin: ORIGIN },
        sees: { headers: { "access-control-allow-origin": null, vary: "Accept-Encoding" } },
      },
    ],
  },
];
