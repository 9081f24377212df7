import { connect } from "node:net";
import { once } from "node:events";
import type { ErrorEvent, NativeBatch } from "@gatewatch/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ServerStandIn, startServerStandIn } from "../ship/server-stand-in.ts";
import { NextApp } from "./contract/next-app.ts";
import { stageExample } from "./contract/stage-example.ts";

interface Fate {
  name: string;
  path: string;
  method?: string;
  body?: string;
  headers?: Record<string, string>;
  status: number;
  route: string | null;
  /** Message of the one error that is recorded. */
  error?: string;
  /** The error is sent from the edge, where nothing is known of the exchange. */
  isEdge?: boolean;
}

const FATES: readonly Fate[] = [
  { name: "a static page", path: "/", status: 200, route: "/" },
  { name: "a page with parameters", path: "/products/1", status: 200, route: "/products/[id]" },
  { name: "HEAD of a page", path: "/products/2", method: "HEAD", status: 200, route: "/products/[id]" },
  { name: "a page that is not found", path: "/products/9", status: 404, route: "/products/[id]" },
  { name: "no page at all", path: "/nowhere", status: 404, route: null },
  { name: "a route handler", path: "/api/products", status: 200, route: "/api/products" },
  { name: "a stream", path: "/api/feed", status: 200, route: "/api/feed" },
  { name: "a redirect that is thrown", path: "/api/login", status: 307, route: "/api/login" },
  { name: "a handler of pages/api", path: "/api/stock/mug", status: 200, route: "/api/stock/[name]" },
  { name: "getServerSideProps", path: "/old/lamp", status: 200, route: "/old/[slug]" },
  { name: "an answer of the proxy", path: "/closed", status: 403, route: null },
  {
    name: "a server component that throws",
    path: "/products/6",
    status: 500,
    route: "/products/[id]",
    error: "Cannot read properties of undefined (reading 'name')",
  },
  {
    name: "a page that throws at once",
    path: "/reports",
    status: 500,
    route: "/reports",
    error: "The sales report has no database",
  },
  {
    name: "a route handler that rejects",
    path: "/api/orders/77",
    method: "POST",
    body: '{"quantity":5}',
    headers: { "content-type": "application/json" },
    status: 500,
    route: "/api/orders/[id]",
    error: "Only 3 in stock for order 77, 5 wanted",
  },
  {
    name: "a handler of pages/api that throws",
    path: "/api/stock/lamp",
    status: 500,
    route: "/api/stock/[name]",
    error: "The warehouse does not know lamps",
  },
  {
    name: "getServerSideProps that rejects",
    path: "/old/broken",
    status: 500,
    route: "/old/[slug]",
    error: "The old shop is broken",
  },
  {
    name: "a proxy that throws",
    path: "/beta",
    status: 500,
    route: null,
    error: "Cannot read properties of null (reading 'trim')",
    isEdge: true,
  },
];

interface RequestRow {
  requestId: unknown;
  path: unknown;
  route: unknown;
  status: unknown;
  aborted: unknown;
}

function requestsOf(batches: readonly NativeBatch[]): RequestRow[] {
  return batches.flatMap(({ dict = [], columns }) => {
    const rows = columns?.request;
    if (rows === undefined) return [];
    const text = (value: unknown): unknown => (typeof value === "number" ? dict[value] : (value ?? null));
    return Array.from({ length: rows.n }, (_, index) => ({
      requestId: text(rows.requestId?.[index]),
      path: text(rows.path[index]),
      route: text(rows.route?.[index]),
      status: rows.status[index],
      aborted: rows.aborted?.[index] ?? 0,
    }));
  });
}

/** Resolves when the request event has arrived, and with it all that were recorded before. */
function lastDelivered(server: ServerStandIn, isLast: (row: RequestRow) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const take = server.onFrame;
    server.onFrame = (batch, socket) => {
      take(batch, socket);
      if (requestsOf(server.batches).some(isLast)) resolve();
    };
  });
}

function errorsOf(batches: readonly NativeBatch[]): ErrorEvent[] {
  return batches.flatMap(({ events = [] }) => events).filter((event) => event.type === "error");
}

describe.each(["next", "next-15"])("examples/%s", (example) => {
  const built = stageExample(example);
  const reason = "reason" in built ? ` (cannot be had: ${built.reason})` : "";

  describe.skipIf("reason" in built)(`built and served by its own server${reason}`, () => {
    let server: ServerStandIn;
    let app: NextApp;
    let notModified = "";
    const coupons: number[] = [];
    const answers = new Map<string, Response>();
    const bodies = new Map<string, string>();

    // One run of the app for all fates: they are told apart by their paths, and nothing may come twice.
    beforeAll(async () => {
      server = await startServerStandIn();
      app = await NextApp.start((built as { folder: string }).folder, {
        GATEWATCH_URL: server.url,
        GATEWATCH_TOKEN: "gatewatch_in_x",
      });
      for (const { path, method = "GET", body, headers } of FATES) {
        // Where Next compresses, it answers an error of the proxy twice and fails at the second.
        const init: RequestInit = { method, headers: { "accept-encoding": "identity", ...headers } };
        if (body !== undefined) init.body = body;
        const answer = await app.ask(path, init);
        answers.set(path, answer);
        bodies.set(path, await answer.text());
      }
      for (let round = 1; round <= 3; round++) coupons.push((await app.ask("/api/coupons")).status);
      const { etag } = Object.fromEntries(answers.get("/")?.headers ?? []);
      notModified = await readUntil(app.port, "/?again", "\r\n\r\n", `If-None-Match: ${etag}\r\n`);
      const delivered = lastDelivered(server, ({ path, aborted }) => path === "/api/feed" && aborted === 1);
      await readUntil(app.port, "/api/feed?hold", "data: 3");
      await app.waitForLine("/api/feed?hold");
      // Next ends the process as soon as its server is closed: what has not left by then waits on disk for the next start.
      await delivered;
      await app.stop();
    });

    afterAll(async () => {
      await app.stop();
      await server.stop();
    });

    /** What has arrived when this text has; then the client goes away. */
    async function readUntil(port: number, path: string, text: string, headers = ""): Promise<string> {
      const socket = connect({ port, host: "127.0.0.1" });
      socket.write(`GET ${path} HTTP/1.1\r\nHost: test\r\n${headers}\r\n`);
      let received = "";
      for await (const chunk of socket) {
        received += String(chunk);
        if (received.includes(text)) break;
      }
      socket.destroy();
      if (!socket.closed) await once(socket, "close");
      return received;
    }

    it.each(FATES)("leaves one line, one request event and the right error: $name", (fate) => {
      const answer = answers.get(fate.path);
      expect(answer?.status).toBe(fate.status);
      expect(answer?.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
      const lines = app.log.filter(
        (line) => line["msg"] === "request completed" && (line["req"] as { url: string }).url === fate.path,
      );
      expect(lines).toMatchObject([{ reqId: answer?.headers.get("x-request-id"), res: { statusCode: fate.status } }]);
      expect(
        requestsOf(server.batches).filter(({ requestId }) => requestId === answer?.headers.get("x-request-id")),
      ).toMatchObject([{ path: fate.path, route: fate.route, status: fate.status, aborted: 0 }]);
      const errors = errorsOf(server.batches).filter(({ exceptions }) => exceptions[0]?.message === fate.error);
      expect(errors).toHaveLength(fate.error === undefined ? 0 : 1);
    });

    it("records no error that is none", () => {
      expect(
        errorsOf(server.batches)
          .map(({ exceptions: [first] }) => first?.message)
          .toSorted(),
      ).toEqual(FATES.flatMap(({ error }) => error ?? []).toSorted());
    });

    it("tells of an error what Next and the request tell", () => {
      const byMessage = (text: string): ErrorEvent | undefined =>
        errorsOf(server.batches).find(({ exceptions }) => exceptions[0]?.message.includes(text));
      expect(byMessage("reading 'name'")).toMatchObject({
        attributes: { "next.router": "App Router", "next.route_type": "render", "next.digest": expect.any(String) },
        request: { method: "GET", url: "/products/6", route: "/products/[id]", status: 500 },
      });
      expect(byMessage("Only 3 in stock")).toMatchObject({
        exceptions: [{ type: "OutOfStockError" }],
        request: { method: "POST", url: "/api/orders/77", body: { quantity: 5 } },
      });
    });

    it("answers early where a layer of one route says so", () => {
      expect(coupons).toEqual([200, 200, 429]);
      expect(
        requestsOf(server.batches)
          .filter(({ path }) => path === "/api/coupons")
          .map(({ status, route }) => [status, route]),
      ).toEqual(coupons.map((status) => [status, "/api/coupons"]));
    });

    it("answers a conditional request by 304, and sees it", () => {
      expect(notModified).toMatch(/^HTTP\/1\.1 304/);
      expect(requestsOf(server.batches)).toContainEqual(
        expect.objectContaining({ path: "/", route: "/", status: 304, aborted: 0 }),
      );
    });

    it("sees a client that goes away in the middle of a stream", () => {
      expect(requestsOf(server.batches)).toContainEqual(
        expect.objectContaining({ path: "/api/feed", route: "/api/feed", status: 200, aborted: 1 }),
      );
    });

    it("keeps what Next sends", () => {
      expect(bodies.get("/api/feed")).toBe("data: 3\n\ndata: 2\n\ndata: 1\n\n");
      expect(bodies.get("/products/1")).toContain("Walnut desk lamp");
      expect(bodies.get("/api/stock/mug")).toBe('{"name":"mug","left":3}');
    });
  });
});
