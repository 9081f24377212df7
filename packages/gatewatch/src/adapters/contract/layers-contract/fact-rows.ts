import { expect } from "vitest";
import { FACTS, TEXT } from "./app-routes.ts";
import type { LayerRow } from "./row.ts";

const TOKEN = "0123456789abcdef";
const BEARER = { authorization: `Bearer ${TOKEN}` };
const COUNT = "http_server_request_duration_seconds_count";
const LABELS = 'http_request_method="GET",url_scheme="http",http_response_status_code';

/** custom-metrics, metrics, record. */
export const FACT_ROWS: readonly LayerRow[] = [
  {
    layer: "custom-metrics",
    name: "their key never reaches the client, and their values go with the event",
    asks: [undefined, "gzip"].map((coding) => ({
      path: "/facts",
      ...(coding === undefined ? {} : { headers: { "accept-encoding": coding } }),
      sees: {
        headers: { "content-type": /^application\/json/, "content-encoding": coding ?? null, etag: null },
        body: JSON.stringify({ words: TEXT }),
      },
    })),
    requests: [{ attributes: FACTS }, { attributes: FACTS }],
    check({ answers }) {
      for (const { raw, headers } of answers) {
        expect(headers["content-length"] ?? String(raw.length)).toBe(String(raw.length));
      }
    },
  },
  {
    layer: "custom-metrics",
    name: "the rest of the text stays as it was",
    asks: [{ path: "/numbers", sees: { body: '{"id":12345678901234567890,"x":1.0}' } }],
    requests: [{ attributes: { cart: 3 } }],
  },
  {
    layer: "custom-metrics",
    name: "no tag of other bytes makes a 304 of them",
    asks: [{ path: "/words", sees: { body: JSON.stringify({ words: TEXT }) } }],
    async check({ answers, ask }) {
      const tag = String(answers[0]?.headers.etag ?? '"none"');
      await ask({ path: "/facts", headers: { "if-none-match": tag }, sees: { json: { words: TEXT } } });
    },
  },
  {
    layer: "custom-metrics",
    name: "they stay where the layer is off",
    options: { customMetrics: false },
    asks: [{ path: "/facts", sees: { json: { _cerberus_metrics: FACTS } } }],
  },
  {
    layer: "custom-metrics",
    name: "what the app tells by req.gatewatch goes with the event",
    asks: [{ path: "/told", sees: {} }],
    requests: [{ attributes: { basket: 2, plan: "gold" }, userId: "u1" }],
  },
  {
    layer: "metrics",
    name: "requests by the route's template, counted once, and read unseen",
    options: { metrics: { path: "/metrics", token: TOKEN } },
    asks: ["/items/7", "/items/8", "/told", "/nowhere/at/all"].map((path) => ({
      path,
      sees: { status: path.startsWith("/nowhere") ? 404 : 200 },
    })),
    async check({ ask, requests, runs }) {
      for (let round = 1; round <= 2; round++) {
        const { body } = await ask({
          path: "/metrics",
          headers: BEARER,
          sees: { headers: { "content-type": /^text\/plain; version=0\.0\.4/, "cache-control": "no-store" } },
        });
        const rows = body.toString().split("\n");
        expect(rows.filter((row) => row.startsWith(COUNT)).toSorted()).toEqual([
          `${COUNT}{${LABELS}="200",http_route="/items/:id"} 2`,
          `${COUNT}{${LABELS}="200",http_route="/told"} 1`,
          `${COUNT}{${LABELS}="404"} 1`,
        ]);
        expect(rows).toContain('shop_visits_total{kind="gift"} 2');
        expect(rows).toContain('http_server_active_requests{http_request_method="GET",url_scheme="http"} 0');
        expect(body.toString()).toContain('process_cpu_time_seconds_total{cpu_mode="user"} ');
        expect(body.toString()).not.toContain("nowhere");
      }
      const accept = "application/openmetrics-text; version=1.0.0, text/plain; q=0.5";
      await ask({
        path: "/metrics",
        headers: { ...BEARER, accept },
        sees: { headers: { "content-type": /^application\/openmetrics-text; version=1\.0\.0/ }, body: /\n# EOF\n$/ },
      });
      expect(requests).toHaveLength(4);
      expect(runs).toHaveLength(3);
    },
  },
  {
    layer: "metrics",
    name: "strangers are refused, and seen",
    options: { metrics: { path: "/metrics", token: TOKEN } },
    asks: [
      { path: "/metrics", sees: { status: 401, headers: { "www-authenticate": 'Bearer realm="metrics"' } } },
      { path: "/metrics", headers: { authorization: "Bearer wrong" }, sees: { status: 401 } },
    ],
    requests: [{ status: 401 }, { status: 401 }],
  },
  {
    layer: "metrics",
    name: "an address may read that no proxy speaks for",
    options: { metrics: { path: "/metrics", allow: ["loopback"] } },
    asks: [{ path: "/metrics", headers: { "x-forwarded-for": "203.0.113.9" }, sees: { status: 403 } }],
    async check({ ask }) {
      await ask({ path: "/metrics", sees: { body: /^# / } });
    },
  },
  {
    layer: "record",
    name: "one event of each request, with its template, status, sizes and user",
    asks: [
      { path: "/told", sees: {} },
      {
        path: "/echo",
        method: "POST",
        headers: { "content-type": "text/plain" },
        body: "some words",
        sees: { body: "some words" },
      },
      { path: "/items/7?token=swordfish", sees: {} },
      { path: "/nowhere", sees: { status: 404 } },
    ],
    requests: [
      { method: "GET", route: "/told", path: "/told", status: 200, userId: "u1" },
      { method: "POST", route: "/echo", status: 200, requestBytes: 10, responseBytes: 10 },
      { route: "/items/:id", path: "/items/7", status: 200, responseBytes: 29 },
      { route: null, path: "/nowhere", status: 404 },
    ],
    check: ({ events }) => expect(JSON.stringify(events)).not.toContain("swordfish"),
  },
  {
    layer: "record",
    name: "the event of an error has the request, its body and no secret",
    asks: [
      {
        path: "/fails?page=2",
        method: "POST",
        headers: { "content-type": "text/plain", authorization: "Bearer swordfish", "x-page": "2" },
        body: "some words",
        sees: { status: 500 },
      },
    ],
    errors: [
      {
        level: "error",
        exceptions: [{ type: "Error", message: "after the body" }],
        request: {
          method: "POST",
          route: "/fails",
          headers: { "x-page": "2" },
          query: { page: "2" },
          body: "some words",
        },
      },
    ],
    check({ errors, requests, events }) {
      expect(requests[0]).toMatchObject({ errorId: errors[0]?.id, requestId: errors[0]?.requestId });
      expect(JSON.stringify(events)).not.toContain("swordfish");
    },
  },
  {
    layer: "record",
    name: "skipped paths pass by unseen",
    options: { skip: ["/text"] },
    asks: [
      {
        path: "/text",
        sees: { headers: { "x-request-id": null, "x-content-type-options": null }, body: "plain words" },
      },
      { path: "/items/7", sees: { headers: { "x-request-id": /./ } } },
    ],
    recorded: 1,
    requests: [{ route: "/items/:id" }],
  },
];
