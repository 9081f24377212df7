import { expect } from "vitest";
import { BYTES } from "./app-routes.ts";
import type { Asked, LayerRow, Sight } from "./row.ts";

const ON = { cache: { enabled: true } };
const cached = (sees: Sight, more: Partial<Asked> = {}): Asked => ({ path: "/cached", ...more, sees });
const MISS: Sight = {
  headers: { "x-cache": "MISS", "cache-status": "gatewatch; fwd=uri-miss; fwd-status=200; stored", age: null },
  body: /^run 1 /,
};
const HIT: Sight = {
  headers: { "x-cache": "HIT", "cache-status": /^gatewatch; hit; ttl=\d+$/, age: /^\d+$/ },
  body: /^run 1 /,
};

/** cache. */
export const CACHE_ROWS: readonly LayerRow[] = [
  {
    layer: "cache",
    name: "the second answer comes from the store, and says so",
    options: ON,
    asks: [cached(MISS), cached(HIT), cached(HIT)],
    requests: [{ status: 200 }, { status: 200 }, { status: 200 }],
    check({ answers, runs, core }) {
      expect(runs).toEqual(["GET /cached"]);
      const [first, second] = answers;
      expect(second?.body.equals(first!.body)).toBe(true);
      expect(second?.headers).toMatchObject({ etag: '"1"', "content-type": first!.headers["content-type"] });
      expect(core.stats().layers["cache"]).toMatchObject({ hits: 2, misses: 1, entries: 1 });
    },
  },
  {
    layer: "cache",
    name: "each hit has an id and a time of its own",
    options: { ...ON, timing: { serverTimingHeader: true } },
    asks: [cached(MISS), cached(HIT)],
    check({ answers }) {
      const ids = answers.map(({ headers }) => headers["x-request-id"]);
      expect(new Set(ids).size).toBe(2);
      for (const { headers } of answers) expect(headers["server-timing"]).toMatch(/^app;dur=\d+\.\d$/);
    },
  },
  {
    layer: "cache",
    name: "what belongs to one exchange is not kept, even if the app has said it",
    options: ON,
    routes: [
      {
        method: "GET",
        path: "/own",
        answer: () => ({
          headers: {
            "Content-Type": "text/plain",
            "Cache-Control": "max-age=60",
            "X-Request-ID": "of-the-app",
            "Server-Timing": "db;dur=5",
            RateLimit: '"own";r=1',
            "X-Total": "7",
          },
          body: "own",
        }),
      },
    ],
    asks: [
      { path: "/own", sees: { headers: { "x-cache": "MISS", "x-request-id": "of-the-app", "x-total": "7" } } },
      {
        path: "/own",
        sees: {
          headers: {
            "x-cache": "HIT",
            "x-total": "7",
            "x-request-id": /^[0-9a-f-]{36}$/,
            "server-timing": null,
            ratelimit: null,
          },
        },
      },
    ],
  },
  {
    layer: "cache",
    name: "bytes stay bytes",
    options: ON,
    asks: ["MISS", "HIT"].map((xCache) => ({
      path: "/cached-bytes",
      sees: { headers: { "x-cache": xCache, "content-type": "image/png" }, body: BYTES },
    })),
  },
  {
    layer: "cache",
    name: "an answer that sets a cookie is never kept",
    options: ON,
    asks: [1, 2].map((run) => ({
      path: "/cookies",
      sees: {
        headers: { "x-cache": "MISS", "set-cookie": "a=1, b=2; Path=/", "cache-status": /detail=/ },
        body: `cookies of run ${run}`,
      },
    })),
  },
  {
    layer: "cache",
    name: "an unsafe method takes its resource out",
    options: ON,
    asks: [
      cached(MISS),
      cached(HIT),
      cached({ body: "changed" }, { method: "POST", headers: { "content-type": "text/plain" }, body: "new" }),
      cached({ headers: { "x-cache": "MISS" }, body: /^run 2 / }),
      cached({ headers: { "x-cache": "HIT" }, body: /^run 2 / }),
    ],
  },
  {
    layer: "cache",
    name: "who has it already gets 304",
    options: ON,
    asks: [
      cached(MISS),
      cached(
        { status: 304, headers: { etag: '"1"', "x-cache": "HIT", "x-request-id": /./ }, body: "" },
        { headers: { "if-none-match": '"1"' } },
      ),
      cached(HIT, { headers: { "if-none-match": '"other"' } }),
    ],
    requests: [{ status: 200 }, { status: 304 }, { status: 200 }],
    check: ({ runs }) => expect(runs).toEqual(["GET /cached"]),
  },
  {
    layer: "cache",
    name: "HEAD is answered from what GET has left",
    options: ON,
    asks: [
      cached(MISS),
      cached({ headers: { "x-cache": "HIT", etag: '"1"', "content-length": /^\d{4}$/ }, body: "" }, { method: "HEAD" }),
    ],
    check: ({ runs }) => expect(runs).toEqual(["GET /cached"]),
  },
  {
    layer: "cache",
    name: "a part of what is kept",
    options: ON,
    asks: [
      cached(MISS),
      cached(
        { status: 206, headers: { "content-range": /^bytes 0-4\/\d{4}$/, "x-cache": "HIT" }, body: "run 1" },
        { headers: { range: "bytes=0-4" } },
      ),
    ],
  },
  {
    layer: "cache",
    name: "paths give a time to answers that say nothing, and nothing else is kept",
    options: { cache: { enabled: true, routes: { "/items/*": 60_000 }, ttlHeader: true } },
    asks: [
      { path: "/items/7", sees: { headers: { "x-cache": "MISS" } } },
      { path: "/items/7", sees: { headers: { "x-cache": "HIT", "x-cache-ttl": /^\d+$/ }, json: { id: "7" } } },
      { path: "/items/8", sees: { headers: { "x-cache": "MISS" }, json: { id: "8" } } },
      { path: "/text", sees: {} },
      { path: "/text", sees: { headers: { "x-cache": /^(MISS|REVALIDATED)$/, age: null } } },
    ],
  },
  {
    layer: "cache",
    name: "whoever signs in gets no one else's answer",
    options: { cache: { enabled: true, routes: { "/items/*": 60_000 } } },
    asks: [
      { path: "/items/7", headers: { authorization: "Bearer a" }, sees: { headers: { "x-cache": /^(MISS|BYPASS)$/ } } },
      { path: "/items/7", headers: { authorization: "Bearer b" }, sees: { headers: { "x-cache": /^(MISS|BYPASS)$/ } } },
      { path: "/items/7", headers: { cookie: "sid=1" }, sees: { headers: { "x-cache": /^(MISS|BYPASS)$/ } } },
    ],
    check: ({ runs }) => expect(runs).toHaveLength(3),
  },
  {
    layer: "cache",
    name: "a purge takes answers out",
    options: ON,
    asks: [cached(MISS), cached(HIT)],
    async check({ core, ask }) {
      await core.cache.purgePath("/cached");
      await ask(cached({ headers: { "x-cache": "MISS" }, body: /^run 2 / }));
    },
  },
  {
    layer: "cache",
    name: "guard() keeps the answers of its route alone",
    routes: [
      {
        method: "GET",
        path: "/kept",
        guard: { cache: { routes: { "/kept": 60_000 } } },
        answer: () => ({ headers: { "Content-Type": "text/plain" }, body: "kept" }),
      },
    ],
    asks: [
      { path: "/kept", sees: { headers: { "x-cache": "MISS" }, body: "kept" } },
      { path: "/kept", sees: { headers: { "x-cache": "HIT", "x-request-id": /./ }, body: "kept" } },
      { path: "/cached", sees: { headers: { "x-cache": null } } },
    ],
    requests: [{ route: "/kept" }, { route: "/kept" }, { route: "/cached" }],
  },
];
