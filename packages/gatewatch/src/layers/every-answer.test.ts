import { once } from "node:events";
import { connect, createServer, type Http2ServerResponse, type IncomingHttpHeaders } from "node:http2";
import type { AddressInfo } from "node:net";
import { brotliDecompressSync } from "node:zlib";
import { Hono } from "hono";
import { afterAll, describe, expect, it } from "vitest";
import { gatewatch as watchFetch } from "../adapters/fetch.ts";
import { gatewatch as watchHttp } from "../adapters/http.ts";
import { createGatewatch, type Gatewatch } from "../create-gatewatch.ts";

const ORIGIN = "https://app.test";
const TEXT = "the same words again and again, ".repeat(200);

const closers: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closers.toReversed()) await close();
});

function start(): Gatewatch {
  const say = (): void => undefined;
  const core = createGatewatch(
    {
      cors: { origins: ORIGIN },
      securityHeaders: { contentSecurityPolicy: "default-src 'self'", reportPath: "/__gatewatch/csp" },
      logger: { info: say, warn: say, error: say },
    },
    { env: {}, dotenv: undefined },
  );
  closers.push(() => core.close(0));
  return core;
}

type Ask = (
  path: string,
  headers: Record<string, string>,
  method?: string,
  body?: string,
) => Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }>;

async function overHttp2(): Promise<{ ask: Ask; core: Gatewatch }> {
  const core = start();
  const server = createServer(
    watchHttp((_request: unknown, response: Http2ServerResponse) => {
      response.setHeader("Content-Type", "text/html");
      response.end(TEXT);
    }, core),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  closers.push(
    () => server.close(),
    () => session.close(),
  );
  const ask: Ask = async (path, headers, method = "GET", body = "") => {
    const stream = session.request({ ":path": path, ":method": method, ...headers }, { endStream: body === "" });
    if (body !== "") stream.end(body);
    const [lines] = (await once(stream, "response")) as [IncomingHttpHeaders];
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    return { status: Number(lines[":status"]), headers: lines, body: Buffer.concat(chunks) };
  };
  return { ask, core };
}

async function overFetch(): Promise<{ ask: Ask; core: Gatewatch }> {
  const core = start();
  const app = new Hono();
  app.all("*", (context) => context.html(TEXT));
  const handle = watchFetch((request: Request) => app.fetch(request), core);
  const ask: Ask = async (path, headers, method = "GET", body = "") => {
    const init = { method, headers, ...(method === "POST" ? { body } : {}) };
    const answer = await handle(new Request(`http://127.0.0.1${path}`, init));
    return {
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      body: Buffer.from(await answer.arrayBuffer()),
    };
  };
  return { ask, core };
}

describe.each([
  ["HTTP/2", overHttp2()],
  ["a Fetch handler", overFetch()],
])("every answer over %s", (_name, opened) => {
  it("is compressed, shared and careful", async () => {
    const { ask } = await opened;
    const { status, headers, body } = await ask("/", { "accept-encoding": "br", origin: ORIGIN });
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      "content-encoding": "br",
      "access-control-allow-origin": ORIGIN,
      "x-content-type-options": "nosniff",
      "x-frame-options": "SAMEORIGIN",
      "content-security-policy": expect.stringContaining("report-uri /__gatewatch/csp"),
      vary: "Accept-Encoding, Origin",
    });
    expect(brotliDecompressSync(body).toString()).toBe(TEXT);
  });

  it("to a preflight is ours", async () => {
    const { ask } = await opened;
    const { status, headers } = await ask("/", { origin: ORIGIN, "access-control-request-method": "PUT" }, "OPTIONS");
    expect(status).toBe(204);
    expect(headers).toMatchObject({ "access-control-allow-methods": "GET, HEAD, PUT, PATCH, POST, DELETE" });
  });

  it("to a report about a policy is ours", async () => {
    const { ask, core } = await opened;
    const report = JSON.stringify({ "csp-report": { "blocked-uri": "inline" } });
    const { status } = await ask("/__gatewatch/csp", { "content-type": "application/csp-report" }, "POST", report);
    expect(status).toBe(204);
    expect(core.stats().layers["security-headers"]).toMatchObject({ reports: 1 });
  });
});
