import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { afterEach, describe, expect, it } from "vitest";
import { gatewatch as guardExpress, guard } from "./adapters/express.ts";
import { gatewatch as guardFetch } from "./adapters/fetch.ts";
import { createGatewatch, type Gatewatch, type GatewatchOptions } from "./create-gatewatch.ts";
import { startDetectionServer } from "./detect-client/detection-server-stand-in.ts";
import { startCerberusBackend } from "./ship/cerberus/cerberus-backend-stand-in.ts";
import { until } from "./ship/clock-stand-in.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

function open(options: GatewatchOptions, env: Record<string, string> = {}): { instance: Gatewatch; lines: string[] } {
  const lines: string[] = [];
  const write = (text: string): void => void lines.push(text);
  const logger = { info: write, warn: write, error: write };
  const instance = createGatewatch(
    { accessLog: false, ...options, logger },
    { env, dotenv: undefined, file: undefined },
  );
  closers.push(() => instance.close(1_000));
  return { instance, lines };
}

async function listen(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A small shop behind Express. */
async function serveShop(instance: Gatewatch): Promise<string> {
  const app = express();
  app.use(guardExpress(instance));
  app.use(express.json());
  app.post("/orders/:id", (request, response) => {
    request.gatewatch.addContext({ tier: "gold" });
    response.status(201).json({ ok: true, text: "x".repeat(5_000), _cerberus_metrics: { items: 2, cache_hit: true } });
  });
  app.get("/boom", () => {
    throw new Error("no");
  });
  app.use((_request, response) => void response.status(404).json({ error: "none" }));
  return await listen(createServer(app));
}

const POST = {
  method: "POST",
  headers: { "content-type": "application/json", "user-agent": "UA/1", cookie: "sid=1", "x-tenant": "t" },
  body: JSON.stringify({ item: "book", password: "hunter2" }),
};

describe("the Cerberus stream of an app", () => {
  it("sends the documented event of each request: no header, no query, no body, no raw address", async () => {
    const backend = await startCerberusBackend();
    const { instance } = open(
      {},
      {
        GATEWATCH_CERBERUS_ENABLED: "true",
        CERBERUS_WS_URL: backend.wsUrl,
        CERBERUS_TOKEN: "sk-key",
        CERBERUS_CLIENT_ID: "shop",
        CERBERUS_SECRET_KEY: "k",
      },
    );
    const url = await serveShop(instance);
    const answer = await fetch(`${url}/orders/7?coupon=a`, POST);
    expect(await answer.json()).not.toHaveProperty("_cerberus_metrics");
    await (await fetch(`${url}/boom`)).text();
    await until(() => backend.frames.length === 2);
    await instance.flush(5_000);
    expect(backend.frames[0]).toEqual({
      api_key: "sk-key",
      client_id: "shop",
      token: "sk-key",
      source_ip: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      endpoint: "/orders/7",
      scheme: false,
      method: "POST",
      timestamp: expect.any(String) as string,
      custom_data: { tier: "gold", items: 2, cache_hit: true },
      user_agent: "UA/1",
      user_id: null,
      status_code: 201,
      latency_ms: expect.any(Number) as number,
    });
    expect(backend.frames[1]).toMatchObject({ endpoint: "/boom", status_code: 500 });
    expect(backend.faults).toEqual([]);
    expect(instance.stats().sinks["cerberus"]).toMatchObject({ pushed: 2, sent: 2 });
    expect(instance.stats().layers["cerberus"]).toEqual({ streamed: 2, passedOver: 0 });
    // The variables of Cerberus name the backend: nothing goes there in Gatewatch's own format.
    expect(instance.options.url).toBeNull();
  });

  it("sends what is allowed, redacted, and answers before they are compressed", async () => {
    const backend = await startCerberusBackend();
    const { instance } = open({
      cerberus: {
        wsUrl: backend.wsUrl,
        token: "sk-key",
        clientId: "shop",
        headers: ["x-tenant", "cookie"],
        query: ["*"],
        body: ["*"],
        responseBody: true,
        skip: ["/boom"],
      },
    });
    const url = await serveShop(instance);
    await (await fetch(`${url}/boom`)).text();
    const answer = await fetch(`${url}/orders/7?page=2&token=t-secret`, POST);
    expect(answer.headers.get("content-encoding")).not.toBeNull();
    await answer.text();
    await until(() => backend.frames.length === 1);
    expect(backend.frames[0]).toMatchObject({
      source_ip: null,
      headers: { "x-tenant": "t", cookie: "[REDACTED]" },
      query_params: { page: "2", token: "[REDACTED]" },
      body: { item: "book", password: "[REDACTED]" },
      response_body: { ok: true, text: "x".repeat(5_000) },
    });
    expect(backend.faults).toEqual([]);
  });

  it("carries calls of models and tools", async () => {
    const backend = await startCerberusBackend();
    const { instance } = open({ cerberus: { wsUrl: backend.wsUrl, token: "sk-key", clientId: "shop" } });
    instance.cerberus!.llm({ provider: "openai", model: "a/b", latencyMs: 12, customData: { turns: 5, secret: "s" } });
    instance.cerberus!.mcp({ server: "files", handler: "read", method: "mcp_resource_read", status: 200 });
    expect(await instance.flush(5_000)).toBe(true);
    expect(backend.frames).toMatchObject([
      {
        endpoint: "llm://openai/a%2Fb",
        scheme: "llm",
        method: "llm_call",
        custom_data: { turns: 5, secret: "[REDACTED]" },
      },
      { endpoint: "mcp://files/read", scheme: "mcp", method: "mcp_resource_read", status_code: 200 },
    ]);
    expect(backend.faults).toEqual([]);
  });

  it("is off, and has no interface, until it is asked for", async () => {
    const { instance } = open({}, { CERBERUS_TOKEN: "t", CERBERUS_CLIENT_ID: "c" });
    expect(instance.cerberus).toBeUndefined();
    expect(instance.stats().layers).not.toHaveProperty("cerberus");
  });

  it("never keeps an answer while the backend is away", async () => {
    const { instance } = open({ cerberus: { wsUrl: "ws://127.0.0.1:9", token: "t", clientId: "c" } });
    const url = await serveShop(instance);
    expect((await fetch(`${url}/orders/7`, POST)).status).toBe(201);
    await until(() => instance.stats().sinks["cerberus"]?.queued === 1);
  });

  it("says so when there is no address", () => {
    const { lines } = open({ cerberus: { enabled: true } });
    expect(lines.join("\n")).toContain("Cerberus is on, but has no address");
  });
});

describe("anomaly checks of an app", () => {
  const NORMAL = 3_000;

  async function serveFetch(options: GatewatchOptions) {
    const { instance } = open({ ...options, compression: false });
    const handler = guardFetch(async () => new Response("ok"), instance);
    const ask = async (path: string): Promise<Response> => await handler(new Request(`http://shop.test${path}`));
    return { instance, ask };
  }

  it("refuse an odd request with 403 once enough is known, and not before", async () => {
    const { instance, ask } = await serveFetch({ anomaly: { enabled: true, block: true, threshold: 0.001 } });
    const odd = `/search?q=${"%27%20OR%201=1--".repeat(40)}`;
    expect((await ask(odd)).status).toBe(200);
    for (let index = 0; index < NORMAL; index++) await (await ask(`/search?q=${index % 50}`)).text();
    const refused = await ask(odd);
    expect(refused.status).toBe(403);
    expect(refused.headers.get("x-request-id")).not.toBeNull();
    expect(await refused.json()).toMatchObject({
      error: { code: "anomalous_request", request_id: refused.headers.get("x-request-id") },
    });
    expect((await ask("/search?q=1")).status).toBe(200);
    expect(instance.stats().layers["anomaly"]).toMatchObject({ blocked: 1 });
  });

  it("hold for one route alone where it asks for them", async () => {
    const { instance } = open({ anomaly: { threshold: 0.001 } });
    const app = express();
    app.use(guardExpress(instance));
    app.get(
      "/pay",
      guard({ anomaly: { block: true, stream: "pay" } }),
      (_request, response) => void response.end("paid"),
    );
    app.get("/free", (_request, response) => void response.end("free"));
    const url = await listen(createServer(app));
    const ask = async (path: string): Promise<number> => {
      const answer = await fetch(url + path);
      await answer.text();
      return answer.status;
    };
    for (let index = 0; index < NORMAL; index++) await ask(`/pay?sum=${index % 90}`);
    const odd = `?sum=${"%3Cscript%3E".repeat(50)}`;
    expect([await ask(`/free${odd}`), await ask(`/pay${odd}`), await ask("/pay?sum=5")]).toEqual([200, 403, 200]);
  });

  it("answer about events of the app's own, in process or by a server", async () => {
    const server = await startDetectionServer();
    const { instance } = open({ anomaly: { url: server.url, apiKey: "dlk_test.secret" } });
    expect(instance.detect("payments", { body: { amount: "1" } })).toEqual({ status: "calibrating", anomalies: [] });
    const { status, anomalies } = await instance.detectRemotely("payments", { body: { odd: true } }, 5_000);
    expect([status, anomalies]).toEqual(["ready", [expect.objectContaining({ why: "odd", pValue: 0.001 })]]);
    server.staged = [{ status: 200, stall: true }];
    expect(await instance.detectRemotely("payments", { body: { odd: true } }, 30)).toEqual({
      status: "unavailable",
      anomalies: [],
    });
  });

  it("have no server to ask when none is named", async () => {
    const { instance } = open({});
    expect(await instance.detectRemotely("payments", {})).toEqual({ status: "unavailable", anomalies: [] });
  });

  it("drop what the server does not take, and tell of the failure", async () => {
    const server = await startDetectionServer();
    const failures: unknown[] = [];
    const { ask, instance } = await serveFetch({
      anomaly: {
        enabled: true,
        remote: true,
        url: server.url,
        apiKey: "wrong",
        onError: (error) => void failures.push(error),
      },
    });
    await (await ask("/a")).text();
    await instance.close(1_000);
    expect(failures).toEqual([expect.objectContaining({ code: "unauthorized", requestId: "r-1" })]);
    expect(instance.stats().layers["anomaly"]).toMatchObject({ remoteDropped: 1, remoteSent: 0 });
  });

  it("hand finished requests to the server, and tell of what it finds", async () => {
    const server = await startDetectionServer();
    const told: unknown[] = [];
    const { ask, instance } = await serveFetch({
      anomaly: {
        enabled: true,
        remote: true,
        url: server.url,
        apiKey: "dlk_test.secret",
        stream: "web",
        onAnomaly: (anomaly) => void told.push(anomaly),
      },
    });
    server.staged = [{ status: 200, body: { anomalies: [{ index: 0, why: "late", metrics: { p_value: 0.002 } }] } }];
    await (await ask("/a")).text();
    await instance.close(1_000);
    expect(server.calls[0]?.body).toMatchObject({
      stream_id: "web",
      events: [{ type: "http_request", body: { path: "/a" } }],
    });
    expect(told).toEqual([expect.objectContaining({ phase: "server", why: "late", pValue: 0.002 })]);
  });
});
