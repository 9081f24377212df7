import { describe, expect, it } from "vitest";
import type { Exchange } from "../../gate/exchange.ts";
import { createExchangeStandIn, createOutcomeStandIn } from "../../record/exchange-stand-in.ts";
import { createLimitUnderTest, STARTED_MS } from "./limit-stand-in.ts";

const json = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

describe("the rate-limit layer", () => {
  it("answers 429 once the limit is reached, and again admits when there is room", async () => {
    const { requests, pass } = createLimitUnderTest({ limit: 3 });
    expect(await requests(5)).toEqual([200, 200, 200, 429, 429]);
    pass(63_000);
    expect(await requests(4)).toEqual([200, 200, 200, 429]);
  });

  it("tells what is left on every answer, and the truth about when to come again on a refusal", async () => {
    const { request, pass } = createLimitUnderTest({ limit: 2, algorithm: "sliding-log" });
    expect((await request()).headers).toEqual({
      RateLimit: '"default";r=1;t=60',
      "RateLimit-Policy": '"default";q=2;w=60',
      "X-RateLimit-Limit": "2",
      "X-RateLimit-Remaining": "1",
      "X-RateLimit-Reset": String(STARTED_MS / 1000 + 60),
    });
    pass(20_000);
    await request();
    pass(10_500);
    const refused = await request();
    expect(refused.status).toBe(429);
    expect(refused.headers).toEqual({
      "Retry-After": "30",
      "Content-Type": "application/json; charset=utf-8",
      RateLimit: '"default";r=0;t=30',
      "RateLimit-Policy": '"default";q=2;w=60',
      "X-RateLimit-Limit": "2",
      "X-RateLimit-Remaining": "0",
      "X-RateLimit-Reset": String(STARTED_MS / 1000 + 31 + 30),
    });
    pass(29_500);
    expect((await request()).status).toBe(200);
  });

  it("says why in a body that older clients and problem readers both understand", async () => {
    const { request } = createLimitUnderTest({
      limit: 1,
      algorithm: "fixed-window",
      routes: { "POST /login": { limit: 1, windowMs: 3_600_000 } },
    });
    await request();
    expect(json((await request()).body)).toEqual({
      error: "Rate limit exceeded",
      retry_after: 60,
      limit: 1,
      window: 60,
      type: "https://iana.org/assignments/http-problem-types#quota-exceeded",
      title: "Request cannot be satisfied as assigned quota has been exceeded",
      status: 429,
      "violated-policies": ["default"],
    });
    await request({ method: "POST", url: "/login" });
    const refused = await request({ method: "POST", url: "/login" });
    expect(json(refused.body)).toMatchObject({
      endpoint: "/login",
      window: 3600,
      "violated-policies": ["POST /login"],
    });
    expect(refused.headers["Content-Type"]).toBe("application/json; charset=utf-8");
    const asked = await request({ headers: { accept: "application/problem+json" } });
    expect(asked.headers["Content-Type"]).toBe("application/problem+json");
  });

  it.each([
    ["draft", ["RateLimit", "RateLimit-Policy"]],
    ["legacy", ["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"]],
    ["both", ["RateLimit", "RateLimit-Policy", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"]],
    ["none", []],
  ] as const)("writes %s headers", async (headers, names) => {
    const { request } = createLimitUnderTest({ headers });
    expect(Object.keys((await request()).headers)).toEqual(names);
  });

  it("counts no preflight, but every other OPTIONS", async () => {
    const { request, admitted } = createLimitUnderTest({ limit: 2 });
    const preflight = {
      method: "OPTIONS",
      headers: { origin: "https://a.test", "access-control-request-method": "POST" },
    };
    expect(await admitted(10, preflight)).toBe(10);
    expect((await request(preflight)).headers).toEqual({});
    expect(await admitted(5, { method: "OPTIONS" })).toBe(2);
  });

  it("lets nobody who is blocked get round it by a preflight", async () => {
    const { request, layer } = createLimitUnderTest({ limit: 2, blocked: ["203.0.113.66"] });
    const headers = { origin: "https://a.test", "access-control-request-method": "POST" };
    const statusOf = async (clientAddress: string): Promise<number> =>
      (await request({ method: "OPTIONS", headers, clientAddress })).status;
    expect(await statusOf("203.0.113.66")).toBe(429);
    expect(await statusOf("203.0.113.67")).toBe(200);
    await layer.limits.block("203.0.113.67", 1000);
    expect(await statusOf("203.0.113.67")).toBe(429);
  });

  it.each<Record<string, string>>([{ "content-length": "9" }, { "transfer-encoding": "chunked" }])(
    "counts what looks like a preflight but has a body: %j",
    async (body) => {
      const { admitted } = createLimitUnderTest({ limit: 2 });
      const headers = { origin: "https://a.test", "access-control-request-method": "POST", ...body };
      expect(await admitted(5, { method: "OPTIONS", headers })).toBe(2);
    },
  );

  it("gives whoever varies the path nothing", async () => {
    const { request } = createLimitUnderTest({ limit: 5, routes: { "/login": 2 } });
    let admitted = 0;
    for (let index = 0; index < 50; index++)
      if ((await request({ url: `/x${index}?y=${index}` })).status === 200) admitted++;
    expect(admitted).toBe(5);
  });

  it.each([
    "/login",
    "/login/",
    "/LOGIN",
    "//login",
    "/%6cogin",
    "/login?x=1",
    "/%4Cogin//",
    "\\login",
    "http://shop.test/login",
    "/login#top",
  ])("takes %s for the route /login", async (url) => {
    const { request } = createLimitUnderTest({ limit: 100, routes: { "POST /login": 1 } });
    await request({ method: "POST", url: "/login" });
    expect((await request({ method: "POST", url })).status).toBe(429);
  });

  it("takes a HEAD for its GET", async () => {
    const { request } = createLimitUnderTest({ routes: { "GET /report": 1 } });
    await request({ url: "/report" });
    expect((await request({ method: "HEAD", url: "/report" })).status).toBe(429);
  });

  it("keeps routes, groups and the rest apart, and groups together", async () => {
    const { admitted } = createLimitUnderTest({
      limit: 3,
      routes: {
        "POST /a": { limit: 2, group: "write" },
        "POST /b": { limit: 2, group: "write" },
        "/free": false,
        "/users/:id": 1,
      },
    });
    expect(await admitted(5, { method: "POST", url: "/a" })).toBe(2);
    expect(await admitted(5, { method: "POST", url: "/b" })).toBe(0);
    expect(await admitted(5, { method: "GET", url: "/b" })).toBe(3);
    expect(await admitted(9, { url: "/free" })).toBe(9);
    expect(await admitted(5, { url: "/users/1" })).toBe(1);
    expect(await admitted(5, { url: "/users/2" })).toBe(0);
  });

  it.each([
    "/login",
    "//login",
    "/LOGIN",
    "/%6cogin",
    "/login/",
    "/login;x",
    "/./login",
    "/videos/../login",
    "/videos/..%2flogin",
    "/health/../login",
    "//host/login",
  ])("grants %s no more than the route that it may be", async (url) => {
    const routes = { "/login": 2, "/videos/*": 50, "/health*": false } as const;
    expect(await createLimitUnderTest({ limit: 9, routes }).admitted(20, { url })).toBe(2);
    expect(await createLimitUnderTest({ scope: "routes", routes }).admitted(20, { url })).toBe(2);
  });

  it.each([
    ["/health", 20],
    ["/healthz", 20],
    ["/Health", 9],
    ["/health/../x", 9],
    ["/videos/1", 20],
    ["/videos/../x", 9],
    ["/videos/x%2fy", 20],
  ])("grants a wider limit, or none, to no other spelling: %s", async (url, admitted) => {
    const routes = { "/videos/*": 50, "/health*": false } as const;
    expect(await createLimitUnderTest({ limit: 9, routes }).admitted(20, { url })).toBe(admitted);
  });

  it.each([
    ["/health", 20],
    ["/health/", 2],
    ["/HEALTH", 2],
    ["//health", 2],
    ["/health;x", 2],
    ["/live/../x", 2],
    ["/live/x", 20],
  ])("skips a path only as it is written: %s", async (url, admitted) => {
    expect(await createLimitUnderTest({ limit: 2, skip: ["/health", "/live/*"] }).admitted(20, { url })).toBe(admitted);
  });

  it("limits only the listed routes when that is its scope", async () => {
    const { admitted } = createLimitUnderTest({ scope: "routes", limit: 1, routes: { "POST /login": { limit: 2 } } });
    expect(await admitted(20)).toBe(20);
    expect(await admitted(5, { method: "POST", url: "/login" })).toBe(2);
  });

  it("takes the cost of a request, also from a function", async () => {
    const { request } = createLimitUnderTest({ limit: 10, cost: (x) => (x.method === "POST" ? 4 : 1) });
    expect((await request({ method: "POST" })).headers["X-RateLimit-Remaining"]).toBe("6");
    expect((await request({ method: "GET" })).headers["X-RateLimit-Remaining"]).toBe("5");
    await request({ method: "POST" });
    expect((await request({ method: "POST" })).status).toBe(429);
    expect((await request()).status).toBe(200);
  });

  it.each([
    [0, 20],
    [-1, 2],
    [Number.NaN, 2],
    [Number.POSITIVE_INFINITY, 2],
    ["3", 2],
    [undefined, 2],
    [0.5, 2],
  ])("reads the cost %s that a function gives", async (cost, expected) => {
    const { admitted } = createLimitUnderTest({ limit: 2, cost: () => cost as number });
    expect(await admitted(20)).toBe(expected);
  });

  it("asks a function for the limit of each client", async () => {
    const limit = (x: Exchange): number => (x.headers.get("x-plan") === "gold" ? 5 : 2);
    const { admitted } = createLimitUnderTest({ limit });
    expect(await admitted(9, { clientAddress: "198.51.100.1" })).toBe(2);
    expect(await admitted(9, { clientAddress: "198.51.100.2", headers: { "x-plan": "gold" } })).toBe(5);
  });

  it("refuses everything with the limit 0", async () => {
    const { request } = createLimitUnderTest({ limit: 0 });
    const refused = await request();
    expect(refused.status).toBe(429);
    expect(refused.headers).toMatchObject({ "Retry-After": "60", "RateLimit-Policy": '"default";q=0;w=60' });
  });

  it("skips paths, by list or by function", async () => {
    const byList = createLimitUnderTest({ limit: 1, skip: ["/health", "/static/*"] });
    expect(await byList.admitted(5, { url: "/health?x" })).toBe(5);
    expect(await byList.admitted(5, { url: "/static/a/b.js" })).toBe(5);
    expect(await byList.admitted(5, { url: "/healthy" })).toBe(1);
    const byFunction = createLimitUnderTest({ limit: 1, skip: (x) => x.path === "/health" });
    expect(await byFunction.admitted(5, { url: "/health" })).toBe(5);
    expect(await byFunction.admitted(5)).toBe(1);
  });

  it("counts only the methods that are named", async () => {
    const { admitted } = createLimitUnderTest({ limit: 1, methods: ["POST", "PUT"] });
    expect(await admitted(5, { method: "GET" })).toBe(5);
    expect(await admitted(5, { method: "POST" })).toBe(1);
    expect(await admitted(5, { method: "PUT" })).toBe(0);
  });

  it("lets through and turns away whole blocks of addresses", async () => {
    const { requests } = createLimitUnderTest({
      limit: 1,
      allow: ["10.0.0.0/8", "2001:db8::/32"],
      deny: ["198.51.100.0/24"],
    });
    expect(await requests(3, { clientAddress: "10.1.2.3" })).toEqual([200, 200, 200]);
    expect(await requests(3, { clientAddress: "2001:db8::1" })).toEqual([200, 200, 200]);
    expect(await requests(2, { clientAddress: "198.51.100.77" })).toEqual([403, 403]);
    const headers = { origin: "https://a.test", "access-control-request-method": "POST" };
    expect(await requests(1, { method: "OPTIONS", headers, clientAddress: "198.51.100.77" })).toEqual([403]);
    expect(await requests(2, { clientAddress: "203.0.113.1" })).toEqual([200, 429]);
  });

  it("refuses keys on the list of blocked ones, addresses in any notation", async () => {
    const { request, requests } = createLimitUnderTest({ blocked: ["203.0.113.66", "2001:db8::1"] });
    const refused = await request({ clientAddress: "203.0.113.66" });
    expect(refused.status).toBe(429);
    expect(json(refused.body)["type"]).toMatch(/#abnormal-usage-detected$/);
    expect(await requests(1, { clientAddress: "::ffff:203.0.113.66" })).toEqual([429]);
    expect(await requests(1, { clientAddress: "2001:db8:0:00ff::9" })).toEqual([429]);
    expect(await requests(1, { clientAddress: "2001:db8:0:0100::9" })).toEqual([200]);
  });

  it("counts but never refuses in a dry run, and says nothing to clients", async () => {
    const { request, requests, layer } = createLimitUnderTest({ limit: 1, dryRun: true, deny: ["198.51.100.1"] });
    expect(await requests(5)).toEqual([200, 200, 200, 200, 200]);
    expect((await request()).headers).toEqual({});
    expect(await requests(1, { clientAddress: "198.51.100.1" })).toEqual([200]);
    expect(layer.stats!()).toMatchObject({ allowed: 1, wouldRefuse: 5, refused: 0, denied: 1 });
  });

  it("adds to the headers of a limit that was met before, and keeps the app's own", async () => {
    const { request } = createLimitUnderTest({ limit: 9, algorithm: "fixed-window" });
    const { headers } = await request({
      appHeaders: { RateLimit: '"login";r=1;t=5', "RateLimit-Policy": '"login";q=2;w=5', "X-RateLimit-Limit": "2" },
    });
    expect(headers).toMatchObject({
      RateLimit: '"login";r=1;t=5, "default";r=8;t=60',
      "RateLimit-Policy": '"login";q=2;w=5, "default";q=9;w=60',
      "X-RateLimit-Limit": "2",
    });
    expect(headers["X-RateLimit-Remaining"]).toBeUndefined();
  });
});

describe("whose request it is", () => {
  it.each([
    ["50 addresses of one IPv6 /64", (n: number) => `2001:db8:1:2::${n.toString(16)}`, 5],
    ["50 networks of one IPv6 /56", (n: number) => `2001:db8:1:2${n.toString(16).padStart(2, "0")}::1`, 5],
    ["50 IPv6 /56", (n: number) => `2001:db8:${n.toString(16)}::1`, 50],
    [
      "one IPv4 in its notations",
      (n: number) => ["192.0.2.7", "::ffff:192.0.2.7", "::ffff:c000:207", "64:ff9b::192.0.2.7"][n % 4]!,
      5,
    ],
    ["50 IPv4 in mapped form", (n: number) => `::ffff:192.0.2.${n}`, 50],
    ["50 IPv4 through NAT64", (n: number) => `64:ff9b::192.0.2.${n}`, 50],
    ["50 IPv4", (n: number) => `192.0.2.${n}`, 50],
  ])("%s", async (_name, address, expected) => {
    const { admitted } = createLimitUnderTest({ limit: 5 });
    let all = 0;
    for (let index = 0; index < 50; index++) all += await admitted(1, { clientAddress: address(index) });
    expect(all).toBe(expected);
  });

  it("knows users once there are any, and falls back to the address", async () => {
    const { admitted } = createLimitUnderTest({ limit: 1, key: "user" });
    const user = (id: string | number) => ({ user: { authenticated: true, id, username: null } });
    expect(await admitted(3, user(1))).toBe(1);
    expect(await admitted(3, user(2))).toBe(1);
    expect(await admitted(3, { clientAddress: "192.0.2.1" })).toBe(1);
    expect(await admitted(3, { clientAddress: "192.0.2.2" })).toBe(1);
  });

  it("knows tokens by their digest alone", async () => {
    const keys: string[] = [];
    const { admitted } = createLimitUnderTest({
      limit: 1,
      key: "token",
      message: (_x, { key }) => {
        keys.push(key);
        return "no";
      },
    });
    expect(await admitted(3, { headers: { authorization: "Bearer secret-a" } })).toBe(1);
    expect(await admitted(3, { headers: { authorization: "Bearer secret-b" } })).toBe(1);
    expect(await admitted(3)).toBe(1);
    expect(keys[0]).toMatch(/^token:[\w-]{43}$/);
    expect(keys.join("")).not.toContain("secret");
  });

  it("asks a function, at once or later", async () => {
    for (const key of [(x: Exchange) => x.headers.get("x-tenant"), async (x: Exchange) => x.headers.get("x-tenant")]) {
      const { admitted } = createLimitUnderTest({ limit: 1, key });
      expect(await admitted(3, { headers: { "x-tenant": "a" } })).toBe(1);
      expect(await admitted(3, { headers: { "x-tenant": "b" } })).toBe(1);
      expect(await admitted(3)).toBe(1);
    }
  });

  it("takes the address when a function of the user's fails, and goes on", async () => {
    const broken = (): never => {
      throw new Error("broken");
    };
    const { admitted, layer } = createLimitUnderTest({ limit: 2, key: broken, cost: broken, skip: broken });
    expect(await admitted(5)).toBe(2);
    expect(layer.stats!()["functionFailures"]).toBe(15);
    const later = createLimitUnderTest({ limit: 2, key: () => Promise.reject(new Error("broken")) });
    expect(await later.admitted(5)).toBe(2);
  });

  it.each<[string, () => unknown]>([
    [
      "fails",
      () => {
        throw new Error("no plan");
      },
    ],
    ["fails later", () => Promise.reject(new Error("no plan"))],
    ["gives no number", () => Number.NaN],
  ])("does not count what has no limit since its function %s", async (_what, broken) => {
    const limit = broken as () => number;
    const { admitted, layer } = createLimitUnderTest({ limit });
    expect(await admitted(5)).toBe(5);
    expect(layer.stats!()).toMatchObject({ functionFailures: 5, uncounted: 5 });
    const closed = createLimitUnderTest({ limit, failMode: "closed" });
    expect(await closed.requests(2)).toEqual([503, 503]);
  });

  it("lets no async function of the user's become a rejection that nobody handles", async () => {
    const late = (): never => Promise.reject(new Error("late")) as never;
    const { requests, layer } = createLimitUnderTest({ limit: 1, cost: late, skip: late, message: late });
    expect(await requests(2)).toEqual([200, 429]);
    await expect.poll(() => layer.stats!()["functionFailures"]).toBe(5);
  });

  it("says once that a proxy is not trusted", async () => {
    const { request, notices } = createLimitUnderTest();
    const headers = { "x-forwarded-for": "203.0.113.5" };
    await request({ headers, peer: "198.51.100.9" });
    expect(notices).toEqual([]);
    await request({ headers, peer: "10.0.0.2", clientAddress: "203.0.113.5" });
    expect(notices).toEqual([]);
    for (let index = 0; index < 3; index++) await request({ headers, peer: "10.0.0.2" });
    expect(notices.map(({ code }) => code)).toEqual(["proxy_not_trusted"]);
  });
});

describe("penalties and rewards", () => {
  it("does not count what is rewarded, such as logins that succeed", async () => {
    const { request } = createLimitUnderTest({ limit: 3, rewardOn: ["2xx"] });
    for (let index = 0; index < 20; index++) expect((await request({ status: 200 })).status).toBe(200);
    const statuses: number[] = [];
    for (let index = 0; index < 5; index++) statuses.push((await request({ status: 401 })).status);
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
  });

  it("counts more for what is penalised", async () => {
    const { request } = createLimitUnderTest({ limit: 10, penaltyOn: ["401", "5xx"], penalty: 4 });
    await request({ status: 401 });
    expect((await request({ status: 200 })).headers["X-RateLimit-Remaining"]).toBe("4");
    await request({ status: 503 });
    expect((await request()).status).toBe(429);
  });

  it("neither rewards nor penalises a refusal", async () => {
    const { request } = createLimitUnderTest({ limit: 1, penaltyOn: ["429"], penalty: 100, algorithm: "token-bucket" });
    await request();
    const first = await request();
    const second = await request();
    expect(second.headers["Retry-After"]).toBe(first.headers["Retry-After"]);
  });

  it("gives nothing back for what has left the window by itself", async () => {
    const { layer, request, pass } = createLimitUnderTest({
      limit: 2,
      algorithm: "fixed-window",
      rewardOn: ["201"],
    });
    const slow = createExchangeStandIn();
    await layer.onRequest!(slow);
    pass(60_001);
    await request();
    layer.onFinish!(slow, createOutcomeStandIn({ status: 201 }));
    expect((await request()).headers["X-RateLimit-Remaining"]).toBe("0");
  });
});

describe("limits by program", () => {
  it("blocks and unblocks, and folds addresses as requests are", async () => {
    const { layer, requests, pass } = createLimitUnderTest({ limit: 3 });
    await layer.limits.block("2001:db8:0:0:1::1", 10_000);
    expect(await requests(1, { clientAddress: "2001:db8::99" })).toEqual([429]);
    expect(await requests(1, { clientAddress: "2001:db8:1::1" })).toEqual([200]);
    await layer.limits.unblock("2001:db8::abcd");
    expect(await requests(1, { clientAddress: "2001:db8::99" })).toEqual([200]);
    await layer.limits.block("203.0.113.9", 10_000);
    pass(10_001);
    expect(await requests(1)).toEqual([200]);
  });

  it("peeks, penalises, rewards and resets", async () => {
    const { layer, admitted, request } = createLimitUnderTest({ limit: 5, routes: { "/login": 2 } });
    const { limits } = layer;
    expect(await limits.peek("203.0.113.9")).toMatchObject({ remaining: 5 });
    expect(await limits.penalty("203.0.113.9", 3)).toMatchObject({ remaining: 2 });
    expect(await admitted(9)).toBe(2);
    expect(await limits.reward("203.0.113.9", 2)).toMatchObject({ remaining: 2 });
    await request({ url: "/login" });
    expect(await limits.peek("203.0.113.9", "/login")).toMatchObject({ remaining: 1 });
    await limits.reset("203.0.113.9", "/login");
    expect(await limits.peek("203.0.113.9", "/login")).toMatchObject({ remaining: 2 });
    expect(await limits.peek("203.0.113.9")).toMatchObject({ remaining: 2 });
    await limits.reset("203.0.113.9");
    expect(await limits.peek("203.0.113.9")).toMatchObject({ remaining: 5 });
  });

  it("tells of the limit that a function last gave for the key, and of none before", async () => {
    const { layer, request } = createLimitUnderTest({ limit: (x) => (x.path === "/more" ? 8 : 5) });
    const { limits } = layer;
    const unknown = { allowed: true, limit: null, remaining: null, retryMs: 0 };
    expect(await limits.peek("203.0.113.9")).toMatchObject(unknown);
    expect(await limits.penalty("203.0.113.9", 2)).toMatchObject(unknown);
    await request();
    expect(await limits.peek("203.0.113.9")).toMatchObject({ allowed: true, limit: 5, remaining: 2 });
    await request({ url: "/more" });
    expect(await limits.peek("203.0.113.9")).toMatchObject({ allowed: true, limit: 8, remaining: 4 });
    expect(await limits.reward("203.0.113.9", 1)).toMatchObject({ limit: 8, remaining: 5 });
    await limits.reset("203.0.113.9");
    expect(await limits.peek("203.0.113.9")).toMatchObject({ limit: 8, remaining: 8 });
    expect(await limits.peek("203.0.113.10")).toMatchObject(unknown);
    await limits.block("203.0.113.10", 10_000);
    expect(await limits.peek("203.0.113.10")).toMatchObject({ allowed: false, blocked: true, limit: null });
  });

  it("peeks at a limit that lets nobody pass", async () => {
    const { layer } = createLimitUnderTest({ limit: 0 });
    expect(await layer.limits.peek("203.0.113.9")).toMatchObject({ allowed: false, limit: 0, remaining: 0 });
  });

  it("remembers the limits of ten thousand keys, those that came last", async () => {
    const { layer, requests } = createLimitUnderTest({ limit: () => 5, key: (x) => x.path });
    for (let index = 0; index <= 10_000; index++) await requests(1, { url: `/${index}` });
    expect(await layer.limits.peek("/0")).toMatchObject({ limit: null });
    expect(await layer.limits.peek("/1")).toMatchObject({ limit: 5, remaining: 4 });
    expect(await layer.limits.peek("/10000")).toMatchObject({ limit: 5, remaining: 4 });
  });

  it.each([
    [
      "an unknown policy",
      (limits: never) => (limits as { peek(a: string, b: string): Promise<unknown> }).peek("k", "nope"),
    ],
    ["an empty key", (limits: never) => (limits as { peek(a: string): Promise<unknown> }).peek("")],
    [
      "units below one",
      (limits: never) => (limits as { penalty(a: string, b: number): Promise<unknown> }).penalty("k", 0),
    ],
    [
      "a block without an end",
      (limits: never) =>
        (limits as { block(a: string, b: number): Promise<unknown> }).block("k", Number.POSITIVE_INFINITY),
    ],
  ])("refuses %s", async (_name, call) => {
    const { layer } = createLimitUnderTest();
    await expect(call(layer.limits as never)).rejects.toThrow(TypeError);
  });
});

describe("limits of one owner", () => {
  it("share a group's counter, and count apart where no group is named", async () => {
    const owner = {};
    const one = createLimitUnderTest({ limit: 3 }, { owner });
    const two = createLimitUnderTest({ limit: 3 }, { owner });
    expect(await one.admitted(5)).toBe(3);
    expect(await two.admitted(5)).toBe(3);
    expect((await two.request()).headers["RateLimit"]).toMatch(/^"default-2"/);
    const three = createLimitUnderTest({ limit: 3, group: "shared" }, { owner });
    const four = createLimitUnderTest({ limit: 3, group: "shared" }, { owner });
    expect(await three.admitted(2)).toBe(2);
    expect(await four.admitted(5)).toBe(1);
  });
});

describe("messages", () => {
  it.each<[string, () => object]>([
    [
      "throws",
      () => {
        throw new Error("no message");
      },
    ],
    [
      "makes what is no JSON",
      () => {
        const circle: { self?: object } = {};
        circle.self = circle;
        return circle;
      },
    ],
    ["makes what says nothing", () => ({ toJSON: () => undefined })],
  ])("refuse all the same when their function %s", async (_what, message) => {
    const { request } = createLimitUnderTest({ limit: 0, message });
    const { status, headers, body } = await request();
    expect({ status, type: headers["Content-Type"] }).toEqual({ status: 429, type: "application/json; charset=utf-8" });
    expect(JSON.parse(body)).toMatchObject({ error: "Rate limit exceeded" });
  });

  it.each([
    ["a text", "Slow down", "text/plain; charset=utf-8", "Slow down"],
    ["an object", { code: 42 }, "application/json; charset=utf-8", '{"code":42}'],
    ["a function giving a text", () => "wait", "text/plain; charset=utf-8", "wait"],
    [
      "a function giving an object",
      (_x: Exchange, { retryAfterSeconds, policy }: { retryAfterSeconds: number; policy: string }) => ({
        retryAfterSeconds,
        policy,
      }),
      "application/json; charset=utf-8",
      '{"retryAfterSeconds":60,"policy":"default"}',
    ],
  ])("may be %s", async (_name, message, type, body) => {
    const { request } = createLimitUnderTest({ limit: 0, message, status: 420 });
    const refused = await request();
    expect(refused).toMatchObject({ status: 420, body });
    expect(refused.headers["Content-Type"]).toBe(type);
  });

  it("keeps ours when a function gives neither", async () => {
    const { request } = createLimitUnderTest({ limit: 0, message: (() => 7) as unknown as () => string });
    expect(json((await request()).body)["error"]).toBe("Rate limit exceeded");
  });
});
