import { once } from "node:events";
import { createRequire } from "node:module";
import { createServer, request, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import type { GatewatchEvent, RequestEvent } from "@gatewatch/protocol";
import { serve } from "@hono/node-server";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";
import { afterAll, describe, expect, it } from "vitest";
import { keepGlobals } from "../../adapters/contract/keep-globals.ts";
import { gatewatch as guardExpress } from "../../adapters/express.ts";
import { gatewatch as guardFastify } from "../../adapters/fastify.ts";
import { gatewatch as guardHono } from "../../adapters/hono.ts";
import { gatewatch as guardHttp } from "../../adapters/http.ts";
import { gatewatch as guardKoa } from "../../adapters/koa.ts";
import { createGatewatch, type Gatewatch, type GatewatchOptions } from "../../create-gatewatch.ts";

keepGlobals();

const express4 = createRequire(import.meta.url)("express4") as typeof express;

const PARTS = { id: 7, list: Array.from({ length: 200 }, (_, index) => ({ index, name: `part ${index}` })) };
const WITH = { ...PARTS, _cerberus_metrics: { items: 200, cache: "hit", nested: { a: [1] } } };

const closers: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closers.toReversed()) await close();
});

interface Watched {
  core: Gatewatch;
  /** Settles with the request event of this path. */
  eventOf(path: string): Promise<RequestEvent>;
  events: GatewatchEvent[];
  lines: string[];
}

function start(options: GatewatchOptions = {}): Watched {
  const events: GatewatchEvent[] = [];
  const lines: string[] = [];
  const waiting: (() => void)[] = [];
  const say = (...said: unknown[]): void => void lines.push(JSON.stringify(said));
  const core = createGatewatch(
    {
      logger: { info: say, warn: say, error: say },
      sinks: [
        (event: GatewatchEvent) => {
          events.push(event);
          for (const look of waiting) look();
        },
      ],
      ...options,
    },
    { env: {}, dotenv: undefined },
  );
  closers.push(() => core.close(0));
  const find = (path: string): RequestEvent | undefined =>
    events.find((event): event is RequestEvent => event.type === "request" && event.path === path);
  return {
    core,
    events,
    lines,
    eventOf: (path) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = find(path);
          if (found !== undefined) resolve(found);
        };
        waiting.push(look);
        look();
      }),
  };
}

async function listen(server: Server): Promise<number> {
  if (!server.listening) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  }
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function ask(port: number, path: string, headers: Record<string, string> = {}, method = "GET") {
  const call = request({ host: "127.0.0.1", port, path, headers, method });
  call.end();
  const [answer] = (await once(call, "response")) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  const raw = Buffer.concat(chunks);
  const body = (answer.headers["content-encoding"] === "gzip" && raw.length > 0 ? gunzipSync(raw) : raw).toString();
  return { status: answer.statusCode, headers: answer.headers, body, length: raw.length };
}

const BIG_NUMBER = '{"id":12345678901234567890,"x":1.0,"_cerberus_metrics":{"items":3}}';

/** The same three routes everywhere: an object, a text of JSON, and an object without the key. */
const APPS: readonly [name: string, open: (core: Gatewatch) => Promise<Server> | Server][] = [
  ...(
    [
      ["Express 5", express],
      ["Express 4", express4],
    ] as const
  ).map(([name, create]): (typeof APPS)[number] => [
    name,
    (core) => {
      const app = create();
      app.use(guardExpress(core));
      app.get("/with", (_request, response) => void response.json(WITH));
      app.get("/text", (_request, response) => void response.type("json").send(BIG_NUMBER));
      app.get("/without", (_request, response) => void response.json(PARTS));
      return createServer(app);
    },
  ]),
  [
    "node:http",
    (core) => {
      const listener: RequestListener = ({ url }, response) => {
        const body = url === "/text" ? BIG_NUMBER : JSON.stringify(url === "/with" ? WITH : PARTS);
        response.writeHead(200, {
          "Content-Type": "application/json",
          "Content-Length": Buffer.byteLength(body),
          ETag: `"${Buffer.byteLength(body)}"`,
        });
        response.end(body);
      };
      return createServer(guardHttp(listener, core));
    },
  ],
  [
    "Fastify",
    async (core) => {
      const app = fastify();
      guardFastify(app, core);
      app.get("/with", async () => WITH);
      app.get("/text", (_request, reply) => void reply.type("application/json").send(BIG_NUMBER));
      app.get("/without", async () => PARTS);
      closers.push(() => app.close());
      await app.ready();
      return app.server;
    },
  ],
  [
    "Koa",
    (core) => {
      const app = new Koa();
      app.use(guardKoa(core));
      app.use((context) => {
        if (context.path === "/text") {
          context.type = "json";
          context.body = BIG_NUMBER;
        } else context.body = context.path === "/with" ? WITH : PARTS;
      });
      return createServer(app.callback());
    },
  ],
  [
    "Hono",
    async (core) => {
      const app = new Hono();
      app.use(guardHono(core));
      app.get("/with", (context) => context.json(WITH));
      app.get("/text", (context) => context.body(BIG_NUMBER, 200, { "Content-Type": "application/json" }));
      app.get("/without", (context) => context.json(PARTS));
      const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }) as Server;
      if (!server.listening) await once(server, "listening");
      return server;
    },
  ],
];

describe.each(APPS)("custom metrics on %s", (_name, open) => {
  it("never reach the client, and go with the request's event", async () => {
    const { core, eventOf } = start();
    const port = await listen(await open(core));
    const answer = await ask(port, "/with");
    expect(JSON.parse(answer.body)).toEqual(PARTS);
    expect(answer.body).not.toContain("cerberus");
    expect(answer.headers["content-length"] ?? String(answer.length)).toBe(String(answer.length));
    expect(answer.headers.etag).toBeUndefined();
    expect((await eventOf("/with")).attributes).toEqual({ items: 200, cache: "hit", nested: { a: [1] } });
  });

  it("leave the rest of a text as it was", async () => {
    const { core, eventOf } = start();
    const port = await listen(await open(core));
    const answer = await ask(port, "/text");
    expect(answer.body).toBe('{"id":12345678901234567890,"x":1.0}');
    expect((await eventOf("/text")).attributes).toEqual({ items: 3 });
  });

  it("are taken out before the body is compressed", async () => {
    const { core } = start();
    const port = await listen(await open(core));
    const answer = await ask(port, "/with", { "Accept-Encoding": "gzip" });
    expect(answer.headers["content-encoding"]).toBe("gzip");
    expect(JSON.parse(answer.body)).toEqual(PARTS);
  });

  it("never make a 304 of a tag that belongs to other bytes", async () => {
    const { core } = start();
    const port = await listen(await open(core));
    const bare = await ask(port, "/without");
    const { etag } = bare.headers;
    const again = await ask(port, "/with", { "If-None-Match": etag ?? '"none"' });
    expect(again.status).toBe(200);
    expect(JSON.parse(again.body)).toEqual(PARTS);
  });

  it("stay in the body where the layer is off", async () => {
    const { core } = start({ customMetrics: false });
    const port = await listen(await open(core));
    expect(JSON.parse((await ask(port, "/with")).body)).toEqual(WITH);
  });

  it("are not looked for in other bodies, which stay byte for byte with their tags", async () => {
    const on = await listen(await open(start().core));
    const off = await listen(await open(start({ customMetrics: false }).core));
    const [one, other] = [await ask(on, "/without"), await ask(off, "/without")];
    expect(one.body).toBe(other.body);
    expect(one.headers.etag).toBe(other.headers.etag);
  });
});

describe.each(APPS)("metrics of requests on %s", (name, open) => {
  /** The others have no router here, and answer everything with 200. */
  const isRouted = name !== "node:http" && name !== "Koa";

  it("are served to who may read them: by template, counted once, and read unseen", async () => {
    const { core, events, lines, eventOf } = start({ metrics: { path: "/metrics", allow: ["loopback"] } });
    const port = await listen(await open(core));
    await ask(port, "/with");
    await ask(port, "/nowhere-at-all/1");
    await eventOf("/nowhere-at-all/1");
    const first = await ask(port, "/metrics");
    expect(first.headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(first.headers["cache-control"]).toBe("no-store");
    const rows = first.body.split("\n").filter((line) => line.startsWith("http_server_request_duration_seconds_count"));
    const labels = 'http_request_method="GET",url_scheme="http",http_response_status_code';
    const count = "http_server_request_duration_seconds_count";
    expect(rows).toEqual(
      isRouted
        ? [`${count}{${labels}="200",http_route="/with"} 1`, `${count}{${labels}="404"} 1`]
        : [`${count}{${labels}="200"} 2`],
    );
    expect(first.body).not.toContain("nowhere");
    expect(first.body).toContain('http_server_active_requests{http_request_method="GET",url_scheme="http"} 0\n');
    expect(first.body).toContain("nodejs_eventloop_utilization_ratio ");
    expect(first.body).toContain('process_cpu_time_seconds_total{cpu_mode="user"} ');
    // Nobody has noticed that they were read.
    const second = await ask(port, "/metrics");
    expect(
      second.body.split("\n").filter((line) => line.startsWith("http_server_request_duration_seconds_count")),
    ).toEqual(rows);
    expect(events.some((event) => event.type === "request" && event.path === "/metrics")).toBe(false);
    expect(lines.some((line) => line.includes("/metrics"))).toBe(false);
  });

  it("are refused to strangers, who are seen", async () => {
    const { core, eventOf } = start({ metrics: { path: "/metrics", token: "0123456789abcdef" } });
    const port = await listen(await open(core));
    const refused = await ask(port, "/metrics");
    expect([refused.status, refused.headers["www-authenticate"]]).toEqual([401, 'Bearer realm="metrics"']);
    expect((await eventOf("/metrics")).status).toBe(401);
    const wrong = await ask(port, "/metrics", { Authorization: "Bearer 0123456789abcdeF" });
    expect(wrong.status).toBe(401);
    const right = await ask(port, "/metrics", { Authorization: "Bearer 0123456789abcdef" });
    expect(right.status).toBe(200);
    const open_ = await ask(port, "/metrics", {
      Authorization: "Bearer 0123456789abcdef",
      Accept: "application/openmetrics-text; version=1.0.0, text/plain; q=0.5",
    });
    expect(open_.headers["content-type"]).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
    expect(open_.body.endsWith("\n# EOF\n")).toBe(true);
  });

  it("are refused by address behind a proxy that nobody trusts", async () => {
    const { core } = start({ metrics: { path: "/metrics", allow: ["loopback"] } });
    const port = await listen(await open(core));
    const headers = { "X-Forwarded-For": "203.0.113.9" };
    expect((await ask(port, "/metrics", headers)).status).toBe(403);
    expect((await ask(port, "/metrics")).status).toBe(200);
  });
});

describe("gatewatch.metricsHandler()", () => {
  const token = "0123456789abcdef";

  it("serves on a port of its own, without any gate", async () => {
    const { core } = start({ metrics: { token } });
    const port = await listen(createServer(core.metricsHandler()));
    expect((await ask(port, "/")).status).toBe(401);
    expect((await ask(port, "/", { Authorization: `Bearer ${token}` })).status).toBe(200);
    expect((await ask(port, "/", { Authorization: `Bearer ${token}` }, "POST")).status).toBe(405);
    const head = await ask(port, "/", { Authorization: `Bearer ${token}` }, "HEAD");
    expect([head.status, head.body, Number(head.headers["content-length"]) > 100]).toEqual([200, "", true]);
  });

  it("serves as a route of Express", async () => {
    const { core } = start({ metrics: { allow: ["loopback"] }, skip: "/metrics" });
    const app = express();
    app.use(guardExpress(core));
    app.get("/metrics", core.metricsHandler());
    const port = await listen(createServer(app));
    expect((await ask(port, "/metrics")).body).toContain("# TYPE http_server_request_duration_seconds histogram");
  });

  it("is not needed where a path is named, as an option of Fastify's plugin too", async () => {
    const app = fastify();
    const say = (): void => undefined;
    const logger = { info: say, warn: say, error: say };
    void app.register(guardFastify, { logger, metrics: { path: "/metrics", allow: ["loopback"] } });
    closers.push(() => app.close());
    await app.ready();
    const port = await listen(app.server);
    expect((await ask(port, "/metrics")).body).toContain("# TYPE http_server_request_duration_seconds histogram");
    expect((await ask(port, "/metrics", {}, "POST")).status).toBe(405);
  });

  it("serves as a fetch handler, by token alone", async () => {
    const { core } = start({ metrics: { token, allow: ["loopback"] } });
    const handler = core.metricsHandler();
    expect(handler(new Request("http://shop.test/metrics")).status).toBe(401);
    const answer = handler(new Request("http://shop.test/metrics", { headers: { Authorization: `bearer ${token}` } }));
    expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(await answer.text()).toContain("nodejs_eventloop_delay_p99_seconds ");
  });

  it("serves everybody only where that is said", async () => {
    const { core } = start();
    expect(() => core.metricsHandler()).toThrow(expect.objectContaining({ code: "unsafe_option" }));
    expect(core.metricsHandler({ open: true })(new Request("http://shop.test/")).status).toBe(200);
  });
});

describe("instruments of the app", () => {
  it("are found by name from requests and from Gatewatch itself", async () => {
    const { core } = start();
    const app = express();
    app.use(guardExpress(core));
    app.get("/order/:id", (request, response) => {
      request.gatewatch.counter("shop.orders", { labels: ["kind"], help: "Orders." }).add(2, { kind: "gift" });
      request.gatewatch.histogram("shop.basket", { unit: "EUR", buckets: [10, 100] }).observe(12.5);
      request.gatewatch.gauge("shop.stock").set(4);
      response.end();
    });
    const port = await listen(createServer(app));
    await ask(port, "/order/1");
    core.metrics.counter("shop.orders").add(1, { kind: "gift" });
    const { body } = core.metrics.expose();
    expect(body).toContain(
      '# HELP shop_orders_total Orders.\n# TYPE shop_orders_total counter\nshop_orders_total{kind="gift"} 3\n',
    );
    expect(body).toContain(
      'shop_basket_EUR_bucket{le="10"} 0\nshop_basket_EUR_bucket{le="100"} 1\nshop_basket_EUR_bucket{le="+Inf"} 1\n',
    );
    expect(body).toContain("shop_stock 4\n");
    expect(core.stats().layers["metrics"]?.["refused"]).toBe(0);
  });
});
