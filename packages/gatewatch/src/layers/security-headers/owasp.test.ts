import { once } from "node:events";
import { createServer as createPlainServer, type IncomingMessage } from "node:http";
import { createServer, request, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gatewatch } from "../../adapters/http.ts";
import { createGatewatch, type Gatewatch } from "../../create-gatewatch.ts";
import type { SecurityHeadersOptions } from "../../options/groups/security-headers.ts";
import { SECURITY_HEADERS_PRESETS } from "../../options/groups/security-headers-presets.ts";
import { createSelfSignedCertificate } from "../self-signed-certificate.ts";

type Headers = Record<string, string | string[] | undefined>;

const NOBODY_USES =
  "accelerometer autoplay camera clipboard-read clipboard-write cross-origin-isolated display-capture encrypted-media fullscreen gamepad geolocation gyroscope hid idle-detection interest-cohort keyboard-map magnetometer microphone midi payment picture-in-picture publickey-credentials-get screen-wake-lock serial unload usb web-share xr-spatial-tracking".split(
    " ",
  );

/** What the validator of the OWASP Secure Headers Project asks for, as a table of our own. */
const RULES: readonly [name: string, isMet: (page: Headers, signOut: Headers) => boolean][] = [
  [
    "Strict-Transport-Security of two years, with sub-domains",
    (page) => /^max-age=63072000; includeSubDomains(?:; preload)?$/.test(String(page["strict-transport-security"])),
  ],
  ["X-Frame-Options deny", (page) => String(page["x-frame-options"]).toLowerCase() === "deny"],
  ["X-Content-Type-Options nosniff", (page) => page["x-content-type-options"] === "nosniff"],
  [
    "Content-Security-Policy without anything unsafe",
    (page) =>
      page["content-security-policy"] !== undefined && !String(page["content-security-policy"]).includes("unsafe"),
  ],
  ["X-Permitted-Cross-Domain-Policies none", (page) => page["x-permitted-cross-domain-policies"] === "none"],
  ["Referrer-Policy no-referrer", (page) => page["referrer-policy"] === "no-referrer"],
  [
    "Clear-Site-Data after signing out",
    (_page, signOut) => signOut["clear-site-data"] === '"cache","cookies","storage"',
  ],
  ["Cross-Origin-Embedder-Policy require-corp", (page) => page["cross-origin-embedder-policy"] === "require-corp"],
  ["Cross-Origin-Opener-Policy same-origin", (page) => page["cross-origin-opener-policy"] === "same-origin"],
  ["Cross-Origin-Resource-Policy same-origin", (page) => page["cross-origin-resource-policy"] === "same-origin"],
  [
    "Permissions-Policy that denies what pages rarely need",
    (page) => {
      const policy = String(page["permissions-policy"]);
      return NOBODY_USES.every((name) => policy.includes(`${name}=()`)) && /sync-xhr=\((?:self)?\)/.test(policy);
    },
  ],
  ["Cache-Control no-store", (page) => page["cache-control"] === "no-store, max-age=0"],
  ["X-DNS-Prefetch-Control off", (page) => page["x-dns-prefetch-control"] === "off"],
  ["no Feature-Policy", (page) => page["feature-policy"] === undefined],
  ["no Public-Key-Pins", (page) => page["public-key-pins"] === undefined],
  ["no Expect-CT", (page) => page["expect-ct"] === undefined],
  ["no X-XSS-Protection", (page) => page["x-xss-protection"] === undefined],
];

const closers: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closers.toReversed()) await close();
});

function start(securityHeaders: Partial<SecurityHeadersOptions>): Gatewatch {
  const say = (): void => undefined;
  const core = createGatewatch(
    { securityHeaders, logger: { info: say, warn: say, error: say } },
    { env: {}, dotenv: undefined },
  );
  closers.push(() => core.close(0));
  return core;
}

async function serveSecurely(securityHeaders: Partial<SecurityHeadersOptions>): Promise<number> {
  const app = gatewatch((_request, response) => {
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    response.end("<!doctype html><title>page</title>");
  }, start(securityHeaders));
  const server = createServer(createSelfSignedCertificate(), app);
  return await listen(server);
}

async function listen(server: Server | ReturnType<typeof createPlainServer>): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function getSecurely(port: number, path: string): Promise<Headers> {
  const call = request({ host: "127.0.0.1", port, path, servername: "localhost", rejectUnauthorized: false });
  call.end();
  const [answer] = (await once(call, "response")) as [IncomingMessage];
  answer.resume();
  await once(answer, "end");
  expect(answer.statusCode).toBe(200);
  return answer.headers;
}

const SETS: readonly [name: string, options: Partial<SecurityHeadersOptions>, unmet: readonly string[]][] = [
  ["strict, with a path for signing out", { ...SECURITY_HEADERS_PRESETS.strict, signOutPaths: ["/logout"] }, []],
  ["api", SECURITY_HEADERS_PRESETS.api, ["Clear-Site-Data after signing out"]],
  [
    "web",
    SECURITY_HEADERS_PRESETS.web,
    [
      "Strict-Transport-Security of two years, with sub-domains",
      "X-Frame-Options deny",
      "Content-Security-Policy without anything unsafe",
      "Referrer-Policy no-referrer",
      "Clear-Site-Data after signing out",
      "Cross-Origin-Embedder-Policy require-corp",
      "Cross-Origin-Opener-Policy same-origin",
      "Cross-Origin-Resource-Policy same-origin",
      "Permissions-Policy that denies what pages rarely need",
      "Cache-Control no-store",
      "X-DNS-Prefetch-Control off",
    ],
  ],
  [
    "the default",
    {},
    [
      "Strict-Transport-Security of two years, with sub-domains",
      "X-Frame-Options deny",
      "Content-Security-Policy without anything unsafe",
      "Referrer-Policy no-referrer",
      "Clear-Site-Data after signing out",
      "Cross-Origin-Embedder-Policy require-corp",
      "Cross-Origin-Opener-Policy same-origin",
      "Cross-Origin-Resource-Policy same-origin",
      "Permissions-Policy that denies what pages rarely need",
      "Cache-Control no-store",
      "X-DNS-Prefetch-Control off",
    ],
  ],
];

describe.each(SETS)("the rules of OWASP over TLS: %s", (_name, options, unmet) => {
  let page: Headers;
  let signOut: Headers;
  beforeAll(async () => {
    const port = await serveSecurely(options);
    page = await getSecurely(port, "/");
    signOut = await getSecurely(port, "/logout");
  });

  it.each(RULES)("%s", (name, isMet) => {
    expect(isMet(page, signOut)).toBe(!unmet.includes(name));
  });
});

describe("over plain http", () => {
  it("no answer asks for https, whatever the preset", async () => {
    const app = gatewatch(
      (_request, response) => {
        response.setHeader("Content-Type", "text/html");
        response.end("page");
      },
      start({ ...SECURITY_HEADERS_PRESETS.strict }),
    );
    const port = await listen(createPlainServer(app));
    const { headers } = await fetch(`http://127.0.0.1:${port}/`);
    expect(headers.get("strict-transport-security")).toBeNull();
    expect(headers.get("content-security-policy")).toBe(
      "default-src 'self'; form-action 'self'; base-uri 'self'; object-src 'none'; frame-ancestors 'none'",
    );
  });

  it("a proxy that is trusted and spoke https to the browser counts as https", async () => {
    const say = (): void => undefined;
    const core = createGatewatch(
      { trustProxy: ["loopback"], logger: { info: say, warn: say, error: say } },
      { env: {}, dotenv: undefined },
    );
    closers.push(() => core.close(0));
    const port = await listen(createPlainServer(gatewatch((_request, response) => void response.end("page"), core)));
    const ask = async (proto: string): Promise<string | null> =>
      (await fetch(`http://127.0.0.1:${port}/`, { headers: { "x-forwarded-proto": proto } })).headers.get(
        "strict-transport-security",
      );
    expect([await ask("https"), await ask("http")]).toEqual(["max-age=31536000", null]);
  });
});
