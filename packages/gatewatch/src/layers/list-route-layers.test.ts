import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { afterAll, describe, expect, it } from "vitest";
import { gatewatch, guard } from "../adapters/express.ts";
import { createGatewatch } from "../create-gatewatch.ts";

const TEXT = "again and again ".repeat(200);
const say = (): void => undefined;
const core = createGatewatch(
  {
    securityHeaders: {
      contentSecurityPolicy: "default-src 'self'",
      routes: { "/own/*": { xFrameOptions: "DENY" } },
    },
    cors: { origins: "https://app.test", exposedHeaders: ["X-A"] },
    compression: { thresholdBytes: 100, skip: ["/skipped/*"] },
    rateLimit: { headers: "draft", status: 420, limit: 1000, dryRun: true },
    logger: { info: say, warn: say, error: say },
  },
  { env: {}, dotenv: undefined },
);
const app = express();
app.use(gatewatch(core));
const ROUTES = {
  "/plain": undefined,
  "/framed": guard({ securityHeaders: { xFrameOptions: false } }),
  "/own/framed": guard({ securityHeaders: { referrerPolicy: "origin" } }),
  "/bare": guard({ securityHeaders: false }),
  "/shared": guard({ cors: { origins: "https://other.test" } }),
  "/unshared": guard({ cors: false }),
  "/raw": guard({ compression: false }),
  "/skipped/packed": guard({ compression: true }),
  "/timed": guard({ timing: true }),
  "/limited": guard({ rateLimit: { limit: 1 } }),
  "/limited/otherwise": guard({ rateLimit: { limit: 1, headers: "legacy", status: 429 } }),
} as const;
for (const [path, middleware] of Object.entries(ROUTES)) {
  const handlers = middleware === undefined ? [] : [middleware];
  app.get(path, ...handlers, (_request, response) => void response.type("html").send(TEXT));
}
const server = createServer(app);
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await core.close(0);
});

async function ask(path: keyof typeof ROUTES, origin: string): Promise<Headers> {
  const answer = await fetchFrom(path, origin);
  expect(await answer.text()).toBe(TEXT);
  return answer.headers;
}

async function fetchFrom(path: keyof typeof ROUTES, origin: string): Promise<Response> {
  if (!server.listening) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  }
  const { port } = server.address() as AddressInfo;
  return fetch(`http://127.0.0.1:${port}${path}`, { headers: { origin, "accept-encoding": "gzip" } });
}

interface Expected {
  frame: string | null;
  policy: string | null;
  referrer: string | null;
  origin: string | null;
  coding: string | null;
}

const USUAL: Expected = {
  frame: "SAMEORIGIN",
  policy: "default-src 'self'",
  referrer: "strict-origin-when-cross-origin",
  origin: "https://app.test",
  coding: "gzip",
};

describe("guard() and the layers that shape answers", () => {
  it.each<[path: keyof typeof ROUTES, differs: Partial<Expected>]>([
    ["/plain", {}],
    ["/timed", {}],
    ["/framed", { frame: null }],
    ["/own/framed", { referrer: "origin" }],
    ["/bare", { frame: null, policy: null, referrer: null }],
    ["/shared", { origin: null }],
    ["/unshared", { origin: null }],
    ["/raw", { coding: null }],
    ["/skipped/packed", {}],
  ])("%s: what differs from the whole app is %j", async (path, differs) => {
    const headers = await ask(path, "https://app.test");
    const seen: Expected = {
      frame: headers.get("x-frame-options"),
      policy: headers.get("content-security-policy"),
      referrer: headers.get("referrer-policy"),
      origin: headers.get("access-control-allow-origin"),
      coding: headers.get("content-encoding"),
    };
    expect(seen).toEqual({ ...USUAL, ...differs });
  });

  it("takes from the app what the route does not set", async () => {
    const headers = await ask("/shared", "https://other.test");
    expect(headers.get("access-control-allow-origin")).toBe("https://other.test");
    expect(headers.get("access-control-expose-headers")).toBe("X-A");
  });

  it.each([
    ["speaks as the app's options say where it says nothing", "/limited", 420, "default", null],
    ["speaks as it says itself", "/limited/otherwise", 429, null, "1"],
  ] as const)("a limit of a route %s", async (_name, path, status, draft, legacy) => {
    await ask(path, "https://app.test");
    const refused = await fetchFrom(path, "https://app.test");
    expect(refused.status).toBe(status);
    expect(refused.headers.get("ratelimit")?.match(/default/)?.[0] ?? null).toBe(draft);
    expect(refused.headers.get("x-ratelimit-limit")).toBe(legacy);
    await refused.body?.cancel();
  });
});
