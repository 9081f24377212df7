import { expect } from "vitest";
import type { Asked, LayerRow, Sight } from "./row.ts";
import type { AppRoute } from "./target.ts";

const ALL = (): string => "all";
const text = (sees: Sight = {}): Asked => ({ path: "/text", sees });
const REFUSED: Sight = { status: 429, headers: { "retry-after": /^[1-9]\d*$/ } };
const few = (path: string, rateLimit: object): AppRoute => ({
  method: "GET",
  path,
  guard: { rateLimit },
  answer: () => ({ headers: { "Content-Type": "text/plain" }, body: "few" }),
});

/** rate-limit, and guard(). */
export const LIMIT_ROWS: readonly LayerRow[] = [
  {
    layer: "rate-limit",
    name: "beyond the limit: 429, when to come again, and what was allowed",
    options: { rateLimit: { enabled: true, limit: 2, windowMs: 60_000, key: ALL } },
    asks: [
      text({
        headers: {
          ratelimit: /^"default";r=1;t=\d+$/,
          "ratelimit-policy": '"default";q=2;w=60',
          "x-ratelimit-limit": "2",
          "x-ratelimit-remaining": "1",
          "retry-after": null,
        },
      }),
      text({ headers: { "x-ratelimit-remaining": "0" } }),
      text({
        status: 429,
        headers: {
          ratelimit: /^"default";r=0;t=[1-9]\d*$/,
          "x-ratelimit-remaining": "0",
          "retry-after": /^[1-9]\d*$/,
          "content-type": /^application\/json/,
        },
        json: { error: "Rate limit exceeded", limit: 2, window: 60, retry_after: expect.any(Number), status: 429 },
      }),
    ],
    requests: [{ status: 200 }, { status: 200 }, { status: 429 }],
    check: ({ runs }) => expect(runs).toEqual(["GET /text", "GET /text"]),
  },
  {
    layer: "rate-limit",
    name: "addresses have limits of their own",
    options: { trustProxy: ["loopback"], rateLimit: { enabled: true, limit: 1 } },
    asks: [
      { ...text(), headers: { "x-forwarded-for": "203.0.113.9" } },
      { ...text(REFUSED), headers: { "x-forwarded-for": "203.0.113.9" } },
      { ...text(), headers: { "x-forwarded-for": "203.0.113.10" } },
      { ...text(), headers: { "x-forwarded-for": "2001:db8:0:100::1" } },
      { ...text(REFUSED), headers: { "x-forwarded-for": "2001:db8:0:1ff::9" } },
    ],
  },
  {
    layer: "rate-limit",
    name: "tokens have limits of their own",
    options: { rateLimit: { enabled: true, limit: 1, key: "token" } },
    asks: ["Bearer one", "Bearer two", "Bearer one"].map((authorization, index) => ({
      ...text(index === 2 ? REFUSED : {}),
      headers: { authorization },
    })),
  },
  {
    layer: "rate-limit",
    name: "skipped paths are never counted, and routes have limits of their own",
    options: {
      rateLimit: { enabled: true, limit: 1, key: ALL, skip: ["/items/*"], routes: { "/big": 2, "/bytes": false } },
    },
    asks: [
      { path: "/items/1", sees: { headers: { ratelimit: null } } },
      { path: "/items/2", sees: {} },
      text(),
      text(REFUSED),
      { path: "/big", sees: { headers: { "x-ratelimit-limit": "2" } } },
      { path: "/big", sees: {} },
      { path: "/big", sees: REFUSED },
      { path: "/bytes", sees: {} },
      { path: "/bytes", sees: {} },
    ],
  },
  {
    layer: "rate-limit",
    name: "a dry run refuses nobody, and counts whom it would have refused",
    options: { rateLimit: { enabled: true, limit: 1, key: ALL, dryRun: true } },
    asks: [text(), text(), text()],
    check: ({ core }) => expect(core.stats().layers["rate-limit"]).toMatchObject({ wouldRefuse: 2 }),
  },
  {
    layer: "rate-limit",
    name: "a message of the app's own, and a status",
    options: {
      rateLimit: {
        enabled: true,
        limit: 1,
        key: ALL,
        status: 503,
        headers: "draft",
        message: (_x, { limit, policy }) => ({ slow: limit, policy }),
      },
    },
    asks: [
      text({ headers: { ratelimit: /r=0/, "x-ratelimit-limit": null } }),
      text({ status: 503, json: { slow: 1, policy: "default" } }),
    ],
  },
  {
    layer: "rate-limit",
    name: "HEAD counts, and its refusal is a head",
    options: { rateLimit: { enabled: true, limit: 1, key: ALL } },
    asks: [
      { ...text({ body: "" }), method: "HEAD" },
      { ...text({ ...REFUSED, body: "" }), method: "HEAD" },
    ],
  },
  {
    layer: "rate-limit",
    name: "a client of the deny list gets 403",
    options: { trustProxy: ["loopback"], rateLimit: { enabled: true, deny: ["203.0.113.0/24"] } },
    asks: [
      { ...text({ status: 403 }), headers: { "x-forwarded-for": "203.0.113.9" } },
      { ...text(), headers: { "x-forwarded-for": "198.51.100.1" } },
    ],
  },
  {
    layer: "rate-limit",
    name: "guard() limits the route that it stands before, and no other",
    routes: [few("/few", { limit: 2, windowMs: 60_000, key: ALL })],
    asks: [
      { path: "/few", sees: { body: "few", headers: { "x-ratelimit-remaining": "1" } } },
      { path: "/few", sees: { body: "few" } },
      {
        path: "/few",
        sees: { ...REFUSED, headers: { "x-content-type-options": "nosniff", "x-request-id": /./ } },
      },
      text({ headers: { ratelimit: null } }),
    ],
    requests: [{ route: "/few" }, { route: "/few" }, { route: "/few", status: 429 }, { route: "/text" }],
  },
  {
    layer: "rate-limit",
    name: "guard() counts beside the limit of the whole app",
    options: { rateLimit: { enabled: true, limit: 3, key: ALL } },
    routes: [few("/few", { limit: 1, key: ALL })],
    asks: [
      { path: "/few", sees: { headers: { "x-ratelimit-limit": "1", ratelimit: /r=0.*, .*r=2/ } } },
      { path: "/few", sees: { ...REFUSED } },
      text({ headers: { "x-ratelimit-remaining": "0" } }),
      text(REFUSED),
    ],
  },
];
