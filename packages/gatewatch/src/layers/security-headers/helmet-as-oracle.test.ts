import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import helmet, { type HelmetOptions } from "helmet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createBodyStandIn } from "../../gate/body-stand-in.ts";
import { DEFAULTS } from "../../options/defaults.ts";
import type { SecurityHeadersOptions } from "../../options/groups/security-headers.ts";
import { createExchangeStandIn } from "../../record/exchange-stand-in.ts";
import { createHeadStandIn } from "../head-stand-in.ts";
import { createSecurityHeadersLayer } from "./create-security-headers-layer.ts";

const PORTS = { recorder: { recordFact: () => undefined }, clock: { now: () => 0, monotonicMs: () => 0 } };
const noDefaults = (directives: Record<string, readonly string[] | null>): HelmetOptions => ({
  contentSecurityPolicy: { useDefaults: false, directives: directives as never },
});

/** The same wish said to both: what they send must be equal. */
const WISHES: readonly [header: string, helmets: HelmetOptions, ours: Partial<SecurityHeadersOptions>][] = [
  ["x-content-type-options", {}, {}],
  ["x-content-type-options", { xContentTypeOptions: false }, { xContentTypeOptions: false }],
  ["x-frame-options", {}, {}],
  ["x-frame-options", { xFrameOptions: { action: "deny" } }, { xFrameOptions: "DENY" }],
  ["x-frame-options", { xFrameOptions: { action: "sameorigin" } }, { xFrameOptions: "SAMEORIGIN" }],
  ["x-frame-options", { xFrameOptions: false }, { xFrameOptions: false }],
  ["x-permitted-cross-domain-policies", {}, {}],
  [
    "x-permitted-cross-domain-policies",
    { xPermittedCrossDomainPolicies: { permittedPolicies: "master-only" } },
    { xPermittedCrossDomainPolicies: "master-only" },
  ],
  [
    "x-permitted-cross-domain-policies",
    { xPermittedCrossDomainPolicies: { permittedPolicies: "by-content-type" } },
    { xPermittedCrossDomainPolicies: "by-content-type" },
  ],
  [
    "x-permitted-cross-domain-policies",
    { xPermittedCrossDomainPolicies: { permittedPolicies: "all" } },
    { xPermittedCrossDomainPolicies: "all" },
  ],
  [
    "x-permitted-cross-domain-policies",
    { xPermittedCrossDomainPolicies: false },
    { xPermittedCrossDomainPolicies: false },
  ],
  ["x-dns-prefetch-control", {}, { xDnsPrefetchControl: true }],
  ["x-dns-prefetch-control", { xDnsPrefetchControl: { allow: true } }, { xDnsPrefetchControl: "on" }],
  ["x-dns-prefetch-control", { xDnsPrefetchControl: false }, { xDnsPrefetchControl: false }],
  ["origin-agent-cluster", {}, { originAgentCluster: true }],
  ["origin-agent-cluster", { originAgentCluster: false }, { originAgentCluster: false }],
  ["cross-origin-opener-policy", {}, { crossOriginOpenerPolicy: true }],
  [
    "cross-origin-opener-policy",
    { crossOriginOpenerPolicy: { policy: "same-origin-allow-popups" } },
    { crossOriginOpenerPolicy: "same-origin-allow-popups" },
  ],
  [
    "cross-origin-opener-policy",
    { crossOriginOpenerPolicy: { policy: "unsafe-none" } },
    { crossOriginOpenerPolicy: "unsafe-none" },
  ],
  ["cross-origin-opener-policy", { crossOriginOpenerPolicy: false }, { crossOriginOpenerPolicy: false }],
  ["cross-origin-resource-policy", {}, { crossOriginResourcePolicy: true }],
  [
    "cross-origin-resource-policy",
    { crossOriginResourcePolicy: { policy: "same-site" } },
    { crossOriginResourcePolicy: "same-site" },
  ],
  [
    "cross-origin-resource-policy",
    { crossOriginResourcePolicy: { policy: "cross-origin" } },
    { crossOriginResourcePolicy: "cross-origin" },
  ],
  ["cross-origin-embedder-policy", {}, {}],
  ["cross-origin-embedder-policy", { crossOriginEmbedderPolicy: true }, { crossOriginEmbedderPolicy: true }],
  [
    "cross-origin-embedder-policy",
    { crossOriginEmbedderPolicy: { policy: "credentialless" } },
    { crossOriginEmbedderPolicy: "credentialless" },
  ],
  ["referrer-policy", {}, { referrerPolicy: "no-referrer" }],
  ["referrer-policy", { referrerPolicy: { policy: "same-origin" } }, { referrerPolicy: "same-origin" }],
  [
    "referrer-policy",
    { referrerPolicy: { policy: ["no-referrer", "unsafe-url"] } },
    { referrerPolicy: ["no-referrer", "unsafe-url"] },
  ],
  ["referrer-policy", { referrerPolicy: false }, { referrerPolicy: false }],
  ["strict-transport-security", {}, { strictTransportSecurity: { maxAge: 31_536_000, includeSubDomains: true } }],
  [
    "strict-transport-security",
    { strictTransportSecurity: { maxAge: 0 } },
    { strictTransportSecurity: { maxAge: 0, includeSubDomains: true } },
  ],
  [
    "strict-transport-security",
    { strictTransportSecurity: { maxAge: 1234, includeSubDomains: false } },
    { strictTransportSecurity: { maxAge: 1234 } },
  ],
  [
    "strict-transport-security",
    { strictTransportSecurity: { maxAge: 63_072_000, preload: true } },
    { strictTransportSecurity: "max-age=63072000; includeSubDomains; preload" },
  ],
  ["strict-transport-security", { strictTransportSecurity: false }, { strictTransportSecurity: false }],
  ["x-powered-by", {}, {}],
  ["x-powered-by", { xPoweredBy: false }, { removePoweredBy: false }],
  ["content-security-policy", { contentSecurityPolicy: false }, {}],
  [
    "content-security-policy",
    noDefaults({ defaultSrc: ["'self'"] }),
    { contentSecurityPolicy: { defaultSrc: ["'self'"] } },
  ],
  [
    "content-security-policy",
    noDefaults({ "default-src": ["'self'", "a.test"], imgSrc: ["data:"] }),
    { contentSecurityPolicy: { "default-src": ["'self'", "a.test"], imgSrc: ["data:"] } },
  ],
  [
    "content-security-policy",
    noDefaults({ defaultSrc: ["'none'"], sandbox: [] }),
    { contentSecurityPolicy: { defaultSrc: ["'none'"], sandbox: true } },
  ],
  [
    "content-security-policy",
    noDefaults({ defaultSrc: ["'self'"], upgradeInsecureRequests: [] }),
    { contentSecurityPolicy: { defaultSrc: ["'self'"], upgradeInsecureRequests: [] } },
  ],
  [
    "content-security-policy",
    noDefaults({ defaultSrc: ["'self'"], frameAncestors: ["'none'"], baseUri: ["'none'"] }),
    { contentSecurityPolicy: "default-src 'self'; frame-ancestors 'none'; base-uri 'none'" },
  ],
];

/** Spaces after separators say nothing. */
const normalise = (value: string | null | undefined): string | undefined =>
  value?.replaceAll(/([;,])\s*/g, "$1 ") ?? undefined;

describe("the same as helmet", () => {
  let port = 0;
  const server = createServer((request, response) => {
    response.setHeader("X-Powered-By", "Express");
    const [, helmets] = WISHES[Number(request.url!.slice(1))]!;
    const protect = helmet(helmets) as (request: IncomingMessage, response: ServerResponse, next: () => void) => void;
    protect(request, response, () => void response.end());
  });
  beforeAll(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    ({ port } = server.address() as AddressInfo);
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it.each(WISHES.map((wish, at) => [...wish, at] as const))("%s: %j, %j", async (header, _helmets, ours, at) => {
    const theirs = (await fetch(`http://127.0.0.1:${port}/${at}`)).headers.get(header);
    const head = createHeadStandIn({ "Content-Type": "text/html", "X-Powered-By": "Express" });
    const layer = createSecurityHeadersLayer({ ...DEFAULTS.securityHeaders, ...ours }, PORTS);
    layer.onHead?.({ ...createExchangeStandIn(), scheme: "https" }, head, createBodyStandIn());
    expect(normalise(head.get(header))).toBe(normalise(theirs));
  });

  it.each<[string, Record<string, readonly string[]>]>([
    ["quotes that are missing", { defaultSrc: ["self"] }],
    ["a nonce without quotes", { defaultSrc: ["'self'"], scriptSrc: ["nonce-abc"] }],
    ["a hash without quotes", { defaultSrc: ["'self'"], scriptSrc: ["sha256-abc"] }],
    ["a semicolon", { defaultSrc: ["'self'; script-src *"] }],
    ["a comma", { defaultSrc: ["'self', script-src *"] }],
    ["a directive twice", { defaultSrc: ["'self'"], "default-src": ["'self'"] }],
    ["an odd name", { "default src": ["'self'"] }],
  ])("refuses with helmet: %s", (_name, directives) => {
    expect(() => helmet(noDefaults(directives))).toThrow(/Content-Security-Policy/);
    expect(() =>
      createSecurityHeadersLayer({ ...DEFAULTS.securityHeaders, contentSecurityPolicy: directives }, PORTS),
    ).toThrow(TypeError);
  });
});
