import { expect } from "vitest";
import type { GatewatchOptions } from "../../../create-gatewatch.ts";
import type { Answer } from "../body-client.ts";
import { FACTS, TEXT } from "./app-routes.ts";
import type { LayerRow } from "./row.ts";

const ORIGIN = "https://shop.test";

/** What stands outside of the limit and the cache, and must be on whatever these answer. */
const OUTER = {
  "x-request-id": /^[0-9a-f-]{36}$/,
  "x-content-type-options": "nosniff",
  "access-control-allow-origin": ORIGIN,
  "x-processing-time": /s$/,
  vary: /Origin/,
};

function everything(limit: number): GatewatchOptions {
  return {
    timing: { processingTimeHeader: true },
    cors: { origins: [ORIGIN] },
    rateLimit: { enabled: true, limit, windowMs: 60_000, key: () => "all" },
    cache: { enabled: true },
    anomaly: true,
  };
}

const ask = (path: string, status: number, headers: Record<string, RegExp | string | null>, coding?: string) => ({
  path,
  headers: { origin: ORIGIN, ...(coding === undefined ? {} : { "accept-encoding": coding }) },
  sees: { status, headers: { ...OUTER, ...headers } },
});

const idsOf = (answers: readonly Answer[]): unknown[] => answers.map(({ headers }) => headers["x-request-id"]);

/** Everything is on: who stands outside of whom. */
export const ORDER_ROWS: readonly LayerRow[] = [
  {
    layer: "order",
    name: "a hit counts for the limit, and hit and 429 carry what stands outside of them",
    options: everything(2),
    asks: [
      ask("/cached", 200, { "x-cache": "MISS", "x-ratelimit-remaining": "1" }),
      ask("/cached", 200, { "x-cache": "HIT", "x-ratelimit-remaining": "0" }),
      ask("/cached", 429, { "x-cache": null, "x-ratelimit-remaining": "0", "retry-after": /^\d+$/ }),
    ],
    requests: [{ status: 200 }, { status: 200 }, { status: 429 }],
    check: ({ answers, requests }) => {
      expect(new Set(idsOf(answers)).size).toBe(3);
      expect(requests.map(({ requestId }) => requestId)).toEqual(idsOf(answers));
    },
  },
  {
    layer: "order",
    name: "a compressed hit decodes, whatever coding filled the store",
    options: everything(100),
    asks: [
      ask("/cached", 200, { "x-cache": "MISS", "content-encoding": "gzip" }, "gzip"),
      ask("/cached", 200, { "x-cache": "HIT", "content-encoding": "br", vary: /Accept-Encoding/ }, "br"),
      ask("/cached", 200, { "x-cache": "HIT", "content-encoding": "zstd" }, "zstd"),
      ask("/cached", 200, { "x-cache": "HIT", "content-encoding": "gzip" }, "gzip"),
      ask("/cached", 200, { "x-cache": "HIT", "content-encoding": null }, "identity"),
    ],
    check({ answers, runs }) {
      expect(runs).toEqual(["GET /cached"]);
      for (const { body } of answers) expect(body.toString()).toBe(`run 1 ${TEXT}`);
    },
  },
  {
    layer: "order",
    name: "a page is compressed, shared and careful at once",
    options: {
      cors: { origins: [ORIGIN] },
      securityHeaders: { contentSecurityPolicy: "default-src 'self'", reportPath: "/reports" },
    },
    routes: [
      { method: "GET", path: "/long", answer: () => ({ headers: { "Content-Type": "text/html" }, body: TEXT }) },
    ],
    asks: [
      {
        path: "/long",
        headers: { origin: ORIGIN, "accept-encoding": "br" },
        sees: {
          headers: {
            "content-encoding": "br",
            "access-control-allow-origin": ORIGIN,
            "content-security-policy": "default-src 'self'; report-uri /reports; report-to gatewatch-csp",
            vary: "Accept-Encoding, Origin",
          },
          body: TEXT,
        },
      },
    ],
  },
  {
    layer: "order",
    name: "an error after all layers leaves one line, one event and one sample",
    options: { ...everything(100), errorBoundary: { respond: true } },
    asks: [ask("/throws", 500, { "x-error-id": /./, "x-cache": /./ }), ask("/rejects", 500, { "x-error-id": /./ })],
    errors: [{ request: { route: "/throws" } }, { request: { route: "/rejects" } }],
    check({ core, lines }) {
      expect(lines.filter(({ err }) => err !== undefined)).toHaveLength(2);
      const samples = core.metrics.expose().body.split("\n");
      expect(samples.filter((row) => row.startsWith("http_server_request_duration_seconds_count"))).toEqual(
        ["/throws", "/rejects"].map((route) => expect.stringMatching(new RegExp(`http_route="${route}".* 1$`))),
      );
      expect(core.stats().layers["error-boundary"]).toMatchObject({ errors: 2, failedExchanges: 2 });
    },
  },
  {
    layer: "order",
    name: "an error that the app answers passes every layer on its way",
    options: everything(100),
    onError: () => ({ status: 418, headers: { "Content-Type": "text/plain" }, body: TEXT }),
    asks: [ask("/throws", 418, { "content-encoding": "gzip", "x-error-id": /./ }, "gzip")],
    errors: [{}],
    check: ({ answers: [answer] }) => expect(answer?.body.toString()).toBe(TEXT),
  },
  {
    layer: "order",
    name: "a preflight is no hit of the cache, no run of the app, and no unit of the limit",
    options: everything(1),
    asks: [
      {
        path: "/cached",
        method: "OPTIONS",
        headers: { origin: ORIGIN, "access-control-request-method": "GET" },
        sees: { status: 204, headers: { ...OUTER, "x-cache": null } },
      },
      ask("/cached", 200, { "x-cache": "MISS" }),
      ask("/cached", 429, {}),
    ],
  },
  {
    layer: "order",
    name: "custom metrics are out before the store keeps a body, and before it is compressed",
    options: { ...everything(100), cache: { enabled: true, routes: { "/facts": 60_000 } } },
    asks: [undefined, undefined, "gzip"].map((coding, index) =>
      ask("/facts", 200, { "x-cache": index === 0 ? "MISS" : "HIT", "content-encoding": coding ?? null }, coding),
    ),
    check({ answers, requests }) {
      for (const { body } of answers) expect(body.toString()).toBe(JSON.stringify({ words: TEXT }));
      expect(requests.map(({ attributes }) => attributes?.["cart"])).toEqual([FACTS.cart, undefined, undefined]);
    },
  },
];
