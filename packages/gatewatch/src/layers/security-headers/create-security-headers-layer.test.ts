import { describe, expect, it } from "vitest";
import { createBodyStandIn } from "../../gate/body-stand-in.ts";
import { cspNonceOf, giveCspNonce, hasCspNonce } from "../../gate/csp-nonce.ts";
import type { Exchange } from "../../gate/exchange.ts";
import { parseValue } from "../../options/parse-value.ts";
import { OPTION_TABLE } from "../../options/option-table.ts";
import { DEFAULTS } from "../../options/defaults.ts";
import type { SecurityHeadersOptions } from "../../options/groups/security-headers.ts";
import { SECURITY_HEADERS_PRESETS } from "../../options/groups/security-headers-presets.ts";
import { createExchangeStandIn } from "../../record/exchange-stand-in.ts";
import { createHeadStandIn, type HeadStandIn } from "../head-stand-in.ts";
import { createSecurityHeadersLayer } from "./create-security-headers-layer.ts";

const PORTS = { recorder: { recordFact: () => undefined }, clock: { now: () => 0, monotonicMs: () => 0 } };
const HTML = { "Content-Type": "text/html; charset=utf-8" };

type Values = Partial<SecurityHeadersOptions>;

function createLayer(values: Values = {}): ReturnType<typeof createSecurityHeadersLayer> {
  return createSecurityHeadersLayer({ ...DEFAULTS.securityHeaders, ...values }, PORTS);
}

interface Asked {
  scheme?: "http" | "https";
  url?: string;
  head?: Record<string, string>;
  status?: number;
}

function createExchange({ scheme = "http", url = "/" }: Asked = {}): Exchange {
  return { ...createExchangeStandIn({ url }), scheme };
}

function answer(values: Values, asked: Asked = {}): Record<string, string> {
  const head = createHeadStandIn(asked.head ?? HTML, asked.status ?? 200);
  run(values, createExchange(asked), head);
  return head.all();
}

function run(values: Values, x: Exchange, head: HeadStandIn): void {
  createLayer(values).onHead?.(x, head, createBodyStandIn());
}

describe("the security-headers layer", () => {
  it("sends by default only what breaks no page", () => {
    expect(answer({})).toEqual({
      "content-type": "text/html; charset=utf-8",
      "x-content-type-options": "nosniff",
      "x-frame-options": "SAMEORIGIN",
      "referrer-policy": "strict-origin-when-cross-origin",
      "x-permitted-cross-domain-policies": "none",
    });
    expect(answer({}, { scheme: "https" })).toMatchObject({ "strict-transport-security": "max-age=31536000" });
  });

  it.each<[header: string, values: Values, value: string | undefined]>([
    ["content-security-policy", { contentSecurityPolicy: "default-src 'self'" }, "default-src 'self'"],
    [
      "content-security-policy",
      { contentSecurityPolicy: { defaultSrc: ["'self'", "a.test"] } },
      "default-src 'self' a.test",
    ],
    ["content-security-policy", { contentSecurityPolicy: false }, undefined],
    ["content-security-policy-report-only", { contentSecurityPolicyReportOnly: "img-src *" }, "img-src *"],
    ["content-security-policy", { contentSecurityPolicyReportOnly: "img-src *" }, undefined],
    ["strict-transport-security", {}, "max-age=31536000"],
    [
      "strict-transport-security",
      { strictTransportSecurity: { maxAge: 5, includeSubDomains: true } },
      "max-age=5; includeSubDomains",
    ],
    ["strict-transport-security", { strictTransportSecurity: false }, undefined],
    ["x-content-type-options", {}, "nosniff"],
    ["x-content-type-options", { xContentTypeOptions: false }, undefined],
    ["x-frame-options", {}, "SAMEORIGIN"],
    ["x-frame-options", { xFrameOptions: "DENY" }, "DENY"],
    ["x-frame-options", { xFrameOptions: true }, "SAMEORIGIN"],
    ["x-frame-options", { xFrameOptions: false }, undefined],
    ["referrer-policy", {}, "strict-origin-when-cross-origin"],
    ["referrer-policy", { referrerPolicy: ["no-referrer", "strict-origin"] }, "no-referrer, strict-origin"],
    ["referrer-policy", { referrerPolicy: false }, undefined],
    ["permissions-policy", {}, undefined],
    ["permissions-policy", { permissionsPolicy: { camera: [] } }, "camera=()"],
    ["cross-origin-opener-policy", {}, undefined],
    ["cross-origin-opener-policy", { crossOriginOpenerPolicy: true }, "same-origin"],
    ["cross-origin-opener-policy", { crossOriginOpenerPolicy: "same-origin-allow-popups" }, "same-origin-allow-popups"],
    ["cross-origin-opener-policy", { crossOriginOpenerPolicy: "unsafe-none" }, "unsafe-none"],
    ["cross-origin-resource-policy", {}, undefined],
    ["cross-origin-resource-policy", { crossOriginResourcePolicy: true }, "same-origin"],
    ["cross-origin-resource-policy", { crossOriginResourcePolicy: "cross-origin" }, "cross-origin"],
    ["cross-origin-embedder-policy", {}, undefined],
    ["cross-origin-embedder-policy", { crossOriginEmbedderPolicy: true }, "require-corp"],
    ["cross-origin-embedder-policy", { crossOriginEmbedderPolicy: "credentialless" }, "credentialless"],
    ["origin-agent-cluster", {}, undefined],
    ["origin-agent-cluster", { originAgentCluster: true }, "?1"],
    ["x-permitted-cross-domain-policies", {}, "none"],
    ["x-permitted-cross-domain-policies", { xPermittedCrossDomainPolicies: "master-only" }, "master-only"],
    ["x-permitted-cross-domain-policies", { xPermittedCrossDomainPolicies: false }, undefined],
    ["x-dns-prefetch-control", {}, undefined],
    ["x-dns-prefetch-control", { xDnsPrefetchControl: true }, "off"],
    ["x-dns-prefetch-control", { xDnsPrefetchControl: "on" }, "on"],
    ["cache-control", {}, undefined],
    ["cache-control", { cacheControl: "no-store" }, "no-store"],
    ["x-xss-protection", {}, undefined],
    ["x-download-options", {}, undefined],
    ["expect-ct", {}, undefined],
    ["public-key-pins", {}, undefined],
    ["feature-policy", {}, undefined],
  ])("%s with %j is %j", (header, values, value) => {
    expect(answer(values, { scheme: "https" })[header]).toBe(value);
  });

  it.each([
    ["Content-Security-Policy", "default-src *"],
    ["Content-Security-Policy-Report-Only", "default-src *"],
    ["Strict-Transport-Security", "max-age=0"],
    ["X-Content-Type-Options", "other"],
    ["X-Frame-Options", "ALLOWALL"],
    ["Referrer-Policy", "unsafe-url"],
    ["Permissions-Policy", "camera=*"],
    ["Cross-Origin-Opener-Policy", "unsafe-none"],
    ["Cross-Origin-Resource-Policy", "cross-origin"],
    ["Cross-Origin-Embedder-Policy", "unsafe-none"],
    ["Origin-Agent-Cluster", "?0"],
    ["X-Permitted-Cross-Domain-Policies", "all"],
    ["X-DNS-Prefetch-Control", "on"],
    ["Cache-Control", "public, max-age=60"],
    ["Clear-Site-Data", '"cookies"'],
  ])("never overwrites the app's own %s", (name, value) => {
    const values: Values = {
      ...SECURITY_HEADERS_PRESETS.strict,
      contentSecurityPolicyReportOnly: "img-src 'nonce'",
      signOutPaths: ["/"],
    };
    expect(answer(values, { scheme: "https", head: { ...HTML, [name]: value } })[name.toLowerCase()]).toBe(value);
  });

  it("takes X-Powered-By away, unless it is told not to", () => {
    const head = { ...HTML, "X-Powered-By": "Express" };
    expect(answer({}, { head })).not.toHaveProperty("x-powered-by");
    expect(answer({ removePoweredBy: false }, { head })).toHaveProperty("x-powered-by", "Express");
  });

  it.each([
    ["text/html", true],
    ["text/html; charset=utf-8", true],
    ["TEXT/HTML", true],
    ["application/xhtml+xml", true],
    ["image/svg+xml", true],
    ["text/xml", true],
    ["application/xml", true],
    ["application/rss+xml; charset=utf-8", true],
    [undefined, true],
    ["application/json", false],
    ["application/json; charset=utf-8", false],
    ["text/plain", false],
    ["text/css", false],
    ["text/javascript", false],
    ["image/png", false],
    ["application/pdf", false],
    ["application/octet-stream", false],
    ["text/event-stream", false],
  ])("policies go with documents: %s", (type, isDocument) => {
    const head: Record<string, string> = type === undefined ? {} : { "Content-Type": type };
    const policy = { contentSecurityPolicy: "default-src 'self'" };
    expect("content-security-policy" in answer(policy, { head })).toBe(isDocument);
    expect("content-security-policy" in answer({ ...policy, contentSecurityPolicyOn: "all" }, { head })).toBe(true);
  });

  it.each([304, 204])("sends no policy with a %d: it would no longer fit what the browser has kept", (status) => {
    const values: Values = { contentSecurityPolicy: "script-src 'nonce'" };
    expect(answer(values, { status, head: {} })).not.toHaveProperty("content-security-policy");
  });

  it.each([
    ["default-src 'self'; upgrade-insecure-requests", "default-src 'self'"],
    ["upgrade-insecure-requests; default-src 'self'", "default-src 'self'"],
    ["upgrade-insecure-requests", undefined],
  ])("asks browsers to upgrade over https only: %s", (policy, plain) => {
    const values = { contentSecurityPolicy: policy };
    expect(answer(values)["content-security-policy"]).toBe(plain);
    expect(answer(values, { scheme: "https" })["content-security-policy"]).toContain("upgrade-insecure-requests");
  });

  it("gives each exchange its own nonce of 128 bits, the one that the app sees", () => {
    const values = { contentSecurityPolicy: "script-src 'nonce' 'strict-dynamic'; style-src 'nonce'" };
    const x = createExchange();
    const nonce = cspNonceOf(x);
    const head = createHeadStandIn(HTML);
    run(values, x, head);
    expect(nonce).toMatch(/^[0-9a-f]{32}$/);
    expect(head.get("content-security-policy")).toBe(
      `script-src 'nonce-${nonce}' 'strict-dynamic'; style-src 'nonce-${nonce}'`,
    );
    expect(new Set(Array.from({ length: 1000 }, () => answer(values)["content-security-policy"])).size).toBe(1000);
  });

  it("tells apps that ask for the nonce from those that do not", () => {
    const x = createExchange();
    const head = createHeadStandIn(HTML);
    run({ contentSecurityPolicy: "script-src 'nonce'" }, x, head);
    expect(hasCspNonce(x)).toBe(false);
    expect(head.get("content-security-policy")).toBe(`script-src 'nonce-${giveCspNonce(x)}'`);
    expect(hasCspNonce(x)).toBe(true);
  });

  it("shares one nonce between the enforced policy and the reported one", () => {
    const both = answer({
      contentSecurityPolicy: "script-src 'nonce'",
      contentSecurityPolicyReportOnly: "style-src 'nonce'",
    });
    const nonceOf = (policy: string | undefined): string | undefined => /'nonce-(\w+)'/.exec(policy ?? "")?.[1];
    expect(nonceOf(both["content-security-policy"])).toMatch(/^\w{32}$/);
    expect(nonceOf(both["content-security-policy-report-only"])).toBe(nonceOf(both["content-security-policy"]));
  });

  it.each<[path: string, frame: string | undefined]>([
    ["/", "SAMEORIGIN"],
    ["/embed", undefined],
    ["/embed?x=1", undefined],
    ["/embed/video", undefined],
    ["/embed/admin", "DENY"],
    ["/embed/admin/x", undefined],
    ["/Embed", "SAMEORIGIN"],
    ["/embed/Admin", "DENY"],
    ["/embed/%61dmin", "DENY"],
    ["/embed/x/../admin", "DENY"],
    ["/embed/..%2fx", "SAMEORIGIN"],
    ["/%65mbed", "SAMEORIGIN"],
    ["/a/embed", "SAMEORIGIN"],
  ])("routes have their own values: %s", (url, frame) => {
    const routes = { "/embed*": { xFrameOptions: false }, "/embed/admin": { xFrameOptions: "DENY" } } as const;
    const headers = answer({ routes }, { url });
    expect(headers["x-frame-options"]).toBe(frame);
    expect(headers["x-content-type-options"]).toBe("nosniff");
  });

  it.each<[path: string, status: number, value: string | undefined]>([
    ["/logout", 200, '"cache","cookies","storage"'],
    ["/logout", 302, '"cache","cookies","storage"'],
    ["/logout", 401, undefined],
    ["/logout", 500, undefined],
    ["/account/leave", 200, '"cache","cookies","storage"'],
    ["/", 200, undefined],
    ["/logout/now", 200, undefined],
  ])("tells browsers to forget the site on sign-out paths only: %s %d", (url, status, value) => {
    const headers = answer({ signOutPaths: ["/logout", "/account/*"] }, { url, status });
    expect(headers["clear-site-data"]).toBe(value);
  });

  it("lets a layer of one route decide for it", () => {
    const x = createExchange();
    const head = createHeadStandIn(HTML);
    run({ xFrameOptions: false }, x, head);
    run({}, x, head);
    expect(head.has("x-frame-options")).toBe(false);
    const open = createExchange();
    const bare = createHeadStandIn(HTML);
    run({ enabled: false }, open, bare);
    run({}, open, bare);
    expect(bare.all()).toEqual({ "content-type": "text/html; charset=utf-8" });
  });

  it.each<[string, Values, string]>([
    [
      "our endpoint is added",
      { contentSecurityPolicy: "img-src *", reportPath: "/r" },
      "img-src *; report-uri /r; report-to gatewatch-csp",
    ],
    [
      "unless the policy names one",
      { contentSecurityPolicy: "img-src *; report-uri /mine", reportPath: "/r" },
      "img-src *; report-uri /mine",
    ],
    [
      "or a group",
      { contentSecurityPolicy: "img-src *; report-to mine", reportPath: "/r" },
      "img-src *; report-to mine",
    ],
    ["nothing is added without one", { contentSecurityPolicy: "img-src *" }, "img-src *"],
  ])("policies name where to report: %s", (_name, values, policy) => {
    const headers = answer(values);
    expect(headers["content-security-policy"]).toBe(policy);
    expect(headers["reporting-endpoints"]).toBe(policy.includes("gatewatch-csp") ? 'gatewatch-csp="/r"' : undefined);
  });
});

describe("the options of security headers", () => {
  const parse = (key: keyof SecurityHeadersOptions, value: unknown): unknown =>
    parseValue(
      OPTION_TABLE.find((row) => row.key === `securityHeaders.${key}`)!,
      value,
      `securityHeaders.${key}`,
    );

  it.each<[keyof SecurityHeadersOptions, unknown, RegExp]>([
    [
      "contentSecurityPolicy",
      "defalt-src 'self'",
      /^securityHeaders\.contentSecurityPolicy: .*did you mean default-src\?; allowed is a policy/,
    ],
    ["contentSecurityPolicyOn", "html", /is "html"; allowed is one of documents, all/],
    ["strictTransportSecurity", "1 year", /directive "1 year" does not exist/],
    ["xFrameOptions", "ALLOWALL", /"ALLOWALL" is none of its values; allowed is one of SAMEORIGIN, DENY, or false/],
    ["referrerPolicy", "none", /"none" is no referrer policy/],
    ["permissionsPolicy", "camera 'none'", /no item such as camera=\(\)/],
    ["crossOriginOpenerPolicy", "same-origins", /none of its values; did you mean same-origin\?/],
    ["crossOriginEmbedderPolicy", "require-corps", /did you mean require-corp\?/],
    ["cacheControl", "no-store\r\nX-Evil: 1", /cannot stand in a header/],
    ["signOutPaths", "logout", /"logout" is no path/],
    ["signOutPaths", ["/a*b*c"], /more than one/],
    ["signOutPaths", ["/a?b"], /has a query/],
    ["clearSiteData", ["cookie"], /did you mean cookies\?/],
    ["clearSiteData", [], /clears nothing/],
    ["reportPath", "csp", /is no path/],
    ["reportPath", "/csp;x", /would end it/],
    ["reportPath", "/csp*", /would end it/],
    ["reportsPerMinute", -1, /a whole number from 0/],
    ["routes", { embed: {} }, /"embed" is no path/],
    ["routes", { "/embed": { frameOptions: false } }, /\/embed: frameOptions does not exist/],
    ["routes", { "/embed": { xFrameOption: false } }, /did you mean xFrameOptions\?/],
    ["routes", { "/embed": { xFrameOptions: "NONE" } }, /\/embed, xFrameOptions: "NONE" is none/],
    ["routes", { "/embed": { originAgentCluster: "yes" } }, /\/embed, originAgentCluster: "yes" is not one/],
    ["routes", { "/embed": 5 }, /has no object of headers/],
    ["routes", [], /is no object/],
    ["routes", { "/embed": { enabled: false } }, /enabled does not exist/],
  ])("refuses %s: %j", (key, value, message) => {
    expect(() => parse(key, value)).toThrow(message);
  });

  it.each(Object.entries(SECURITY_HEADERS_PRESETS))("accepts all that the preset %s sets", (_name, values) => {
    for (const [key, value] of Object.entries(values)) {
      expect(parse(key as keyof SecurityHeadersOptions, value)).toEqual(value);
    }
  });
});
