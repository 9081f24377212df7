import { once } from "node:events";
import { createServer, request, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import fastify from "fastify";
import { afterAll, describe, expect, it } from "vitest";
import { gatewatch as guardExpress } from "../../adapters/express.ts";
import { gatewatch as guardFastify } from "../../adapters/fastify.ts";
import { createGatewatch, type Gatewatch, type GatewatchOptions } from "../../create-gatewatch.ts";

const PARTS = { id: 7, list: Array.from({ length: 200 }, (_, index) => ({ index, name: `part ${index}` })) };

const closers: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closers.toReversed()) await close();
});

function start(options: GatewatchOptions = {}): { core: Gatewatch } {
  const say = (): void => undefined;
  const core = createGatewatch(
    { logger: { info: say, warn: say, error: say }, ...options },
    { env: {}, dotenv: undefined },
  );
  closers.push(() => core.close(0));
  return { core };
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
  return { status: answer.statusCode, headers: answer.headers, body: raw.toString() };
}

it("bodies without the key stay byte for byte, with their tags", async () => {
  const answers = [];
  for (const options of [{}, { customMetrics: false }]) {
    const app = express().use(guardExpress(start(options).core));
    app.get("/", (_request, response) => void response.json(PARTS));
    answers.push(await ask(await listen(createServer(app)), "/"));
  }
  const [on, off] = answers;
  expect(on).toMatchObject({ body: JSON.stringify(PARTS), headers: { etag: expect.any(String) } });
  expect([on?.body, on?.headers.etag]).toEqual([off?.body, off?.headers.etag]);
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
