import { expect } from "vitest";
import type { LayerRow } from "./row.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Whoever speaks for others must be trusted first. */
const TRUSTING = { trustProxy: ["loopback"] };
const ITEM = { path: "/items/7", sees: {} };

/** request-id, access-log, timing. */
export const REQUEST_ROWS: readonly LayerRow[] = [
  {
    layer: "request-id",
    name: "every answer has an id of its own, which its line and its event have too",
    asks: [ITEM, ITEM, { path: "/nowhere", sees: { status: 404, headers: { "x-request-id": UUID } } }],
    check({ answers, lines, requests }) {
      const ids = answers.map(({ headers }) => headers["x-request-id"]);
      expect(new Set(ids).size).toBe(3);
      for (const id of ids) expect(id).toMatch(UUID);
      expect(requests.map(({ requestId }) => requestId)).toEqual(ids);
      expect(lines.filter(({ msg }) => msg.startsWith("request ")).map(({ reqId }) => reqId)).toEqual(ids);
    },
  },
  {
    layer: "request-id",
    name: "a sound id of a trusted peer comes back",
    options: TRUSTING,
    asks: [
      {
        path: "/told",
        headers: { "x-request-id": "order-7.a_b" },
        sees: { headers: { "x-request-id": "order-7.a_b" }, body: "order-7.a_b" },
      },
    ],
    requests: [{ requestId: "order-7.a_b" }],
  },
  {
    layer: "request-id",
    name: "what is no id is replaced",
    options: TRUSTING,
    asks: ["two words", "a".repeat(300), '"quoted"', "<script>"].map((id) => ({
      path: "/text",
      headers: { "x-request-id": id },
      sees: { headers: { "x-request-id": UUID } },
    })),
  },
  {
    layer: "request-id",
    name: "nobody's id is taken where nobody is trusted",
    asks: [{ path: "/told", headers: { "x-request-id": "order-7.a_b" }, sees: { headers: { "x-request-id": UUID } } }],
  },
  {
    layer: "request-id",
    name: "its header's name is the app's choice",
    options: { requestId: { header: "X-Trace" } },
    asks: [{ path: "/text", sees: { headers: { "x-trace": UUID, "x-request-id": null } } }],
  },
  {
    layer: "access-log",
    name: "one line with method, URL, route, status and bytes",
    asks: [
      { path: "/items/7?page=2", sees: { json: { id: "7" } } },
      { path: "/nowhere", sees: { status: 404 } },
      { path: "/text", method: "HEAD", sees: { body: "" } },
    ],
    lines: [
      {
        msg: "request completed",
        req: { method: "GET", url: "/items/7?page=2", route: "/items/:id" },
        res: { statusCode: 200, bytes: 29 },
        responseTime: expect.any(Number),
      },
      { req: { url: "/nowhere" }, res: { statusCode: 404 } },
      { req: { method: "HEAD", route: "/text" }, res: { statusCode: 200, bytes: 0 } },
    ],
  },
  {
    layer: "access-log",
    name: "full lines show headers, query and user, and no secret",
    options: { accessLog: { fields: "full", sensitiveHeaders: ["x-own-key"] } },
    asks: [
      {
        path: "/told?page=2&token=abc",
        headers: { authorization: "Bearer swordfish", "x-own-key": "swordfish", "user-agent": "probe/1" },
        sees: {},
      },
    ],
    lines: [
      {
        req: {
          path: "/told",
          query: { page: "2", token: "[REDACTED]" },
          userAgent: "probe/1",
          headers: { "x-own-key": "[REDACTED]" },
        },
        res: { contentType: expect.stringMatching(/^text\/plain/) },
        user: { id: "u1", username: "jane" },
      },
    ],
    check: ({ lines }) => expect(JSON.stringify(lines)).not.toContain("swordfish"),
  },
  {
    layer: "access-log",
    name: "skipped paths have no line, and an event all the same",
    options: { accessLog: { skip: ["/items/*"] } },
    asks: [ITEM, { path: "/text", sees: {} }],
    lines: [{ req: { url: "/text" } }],
    requests: [{ path: "/items/7" }, { path: "/text" }],
  },
  {
    layer: "access-log",
    name: "slow-only: slow and failed requests alone have a line",
    options: { accessLog: { slowOnly: true }, timing: { slowMs: 60_000, slowRoutes: { "/items/:id": 0.000_001 } } },
    asks: [{ path: "/text", sees: {} }, ITEM, { path: "/throws", sees: { status: 500 } }],
    lines: [{ req: { route: "/items/:id" } }, { req: { route: "/throws" } }],
    errors: [{}],
  },
  {
    layer: "access-log",
    name: "sampling leaves out what has not failed",
    options: { accessLog: { sampleRate: 0 } },
    asks: [ITEM, { path: "/rejects", sees: { status: 500 } }, { path: "/text", sees: {} }],
    lines: [{ res: { statusCode: 500 } }],
    errors: [{}],
  },
  {
    layer: "access-log",
    name: "a line at the request's arrival, where answers are not told",
    options: { accessLog: { responses: false } },
    asks: [ITEM],
    lines: [{ msg: "request received", req: { method: "GET", url: "/items/7" } }],
  },
  {
    layer: "access-log",
    name: "levels by status are the app's choice, silence among them",
    options: { accessLog: { levels: { "404": "silent" } } },
    asks: [{ path: "/nowhere", sees: { status: 404 } }, ITEM],
    lines: [{ res: { statusCode: 200 } }],
  },
  {
    layer: "timing",
    name: "Server-Timing with what the app adds, and X-Processing-Time",
    options: { timing: { serverTimingHeader: true, processingTimeHeader: true, requestCountHeader: true } },
    asks: [
      {
        path: "/told",
        sees: {
          headers: {
            "server-timing": /^app;dur=\d+\.\d, db;dur=5$/,
            "x-processing-time": /^\d+\.\d{3}s$/,
            "x-request-count": "1",
          },
        },
      },
      { path: "/stream", sees: { headers: { "server-timing": /^app;dur=\d+\.\d$/, "x-request-count": "2" } } },
      { path: "/throws", sees: { status: 500, headers: { "server-timing": /^app;dur=/, "x-request-count": "3" } } },
    ],
    errors: [{}],
  },
  {
    layer: "timing",
    name: "no header of its own by default",
    asks: [{ path: "/text", sees: { headers: { "server-timing": null, "x-processing-time": null } } }],
  },
  {
    layer: "timing",
    name: "a warning about a slow request of a route",
    options: { timing: { slowRoutes: { "GET /items/:id": 0.000_001 } } },
    asks: [ITEM, { path: "/text", sees: {} }],
    check({ core, lines }) {
      const slow = lines.filter(({ msg }) => msg.startsWith("slow request: "));
      expect(slow).toMatchObject([{ req: { url: "/items/7", route: "/items/:id" } }]);
      expect(core.stats().layers["timing"]).toMatchObject({ slowRequests: 1, activeRequests: 0 });
    },
  },
];
