import type { Server } from "node:http";
import { once } from "node:events";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { request as sendRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { afterEach, describe, expect, it } from "vitest";
import { createGatewatch, type Gatewatch, type GatewatchOptions } from "../create-gatewatch.ts";
import type { PlainHandler } from "./contract/fetch-scenarios.ts";
import { serveFetch } from "./contract/fetch-bridge.ts";
import { keepGlobals } from "./contract/keep-globals.ts";
import { gatewatch } from "./fetch.ts";
import { gatewatch as guardHono } from "./hono.ts";

keepGlobals();

type Serve = (core: Gatewatch, handle: PlainHandler) => Server;

const FAMILIES: readonly [string, Serve][] = [
  ["gatewatch/fetch, by nothing but the standard", (core, handle) => serveFetch(gatewatch(handle, core))],
  [
    "gatewatch/fetch on @hono/node-server",
    (core, handle) => createAdaptorServer({ fetch: gatewatch(handle as never, core) }) as Server,
  ],
  [
    "gatewatch/hono on @hono/node-server",
    (core, handle) => {
      const app = new Hono().use(guardHono(core));
      app.all("/*", (context) => handle(context.req.raw));
      return createAdaptorServer({ fetch: app.fetch }) as Server;
    },
  ],
];

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

const silence = (): void => undefined;
const SILENT = { info: silence, warn: silence, error: silence };
const TEXT = "All work and no play makes Jack a dull boy. ".repeat(200);

describe.each(FAMILIES)("%s", (_name, serve) => {
  const closers: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  /** An app with these layers, and the means to ask it. */
  async function open(options: GatewatchOptions, handle: PlainHandler) {
    const core = createGatewatch(
      { environment: "production", logger: SILENT, ...options },
      { env: {}, dotenv: undefined },
    );
    const server = serve(core, handle);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    closers.push(async () => {
      server.closeAllConnections();
      server.close();
      await core.close();
    });
    const { port } = server.address() as AddressInfo;
    const ask = async (path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Answer> => {
      const request = sendRequest({ port, host: "127.0.0.1", path, method, headers, agent: false });
      request.end();
      const [response] = (await once(request, "response")) as [AsyncIterable<Buffer> & Answer & { statusCode: number }];
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) };
    };
    return { core, ask };
  }

  it("the default set: an id, safe headers, and nothing that breaks a page", async () => {
    const { ask } = await open({}, () => Response.json({ fine: true }));
    const { status, headers, body } = await ask("/");
    expect([status, String(body), headers["content-type"]]).toEqual([200, '{"fine":true}', "application/json"]);
    expect(headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers["x-content-type-options"]).toBe("nosniff");
  });

  it.each([
    ["br", "a text", () => TEXT, brotliDecompressSync],
    ["gzip", "a text", () => TEXT, gunzipSync],
    ["gzip", "a stream", () => new Blob([TEXT]).stream(), gunzipSync],
    ["br", "a stream in pieces", () => new Blob([TEXT, TEXT]).stream(), brotliDecompressSync],
  ] as const)("compression by %s: %s", async (encoding, _kind, body, decode) => {
    const { ask } = await open(
      {},
      () => new Response(body(), { headers: { "Content-Type": "text/plain", ETag: '"x"' } }),
    );
    const answer = await ask("/", { "Accept-Encoding": encoding });
    expect(answer.headers).toMatchObject({ "content-encoding": encoding, vary: "Accept-Encoding", etag: 'W/"x"' });
    expect(answer.body.length).toBeLessThan(TEXT.length / 2);
    expect(String(decode(answer.body)).replaceAll(TEXT, "")).toBe("");
  });

  it("cors: a preflight is answered before the app, an answer is shared", async () => {
    const calls: string[] = [];
    const { ask } = await open({ cors: { origins: ["https://shop.test"] } }, (request) => {
      calls.push(request.method);
      return new Response("fine");
    });
    const preflight = await ask(
      "/",
      { Origin: "https://shop.test", "Access-Control-Request-Method": "PUT" },
      "OPTIONS",
    );
    expect([preflight.status, preflight.headers["access-control-allow-origin"]]).toEqual([204, "https://shop.test"]);
    expect(preflight.headers["access-control-allow-methods"]).toContain("PUT");
    const answer = await ask("/", { Origin: "https://shop.test" });
    expect([String(answer.body), answer.headers["access-control-allow-origin"]]).toEqual(["fine", "https://shop.test"]);
    expect(calls).toEqual(["GET"]);
  });

  it("rate-limit: the third of two is refused, and says when to come again", async () => {
    const { ask } = await open(
      { rateLimit: { enabled: true, limit: 2, windowMs: 60_000, key: () => "all" } },
      () => new Response("fine"),
    );
    const answers = [await ask("/"), await ask("/"), await ask("/")];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(Number(answers[2]?.headers["retry-after"])).toBeGreaterThan(0);
    expect(answers[2]?.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("cache: the second answer comes from memory, a HEAD and a conditional one too", async () => {
    let runs = 0;
    const { ask } = await open({ cache: { enabled: true } }, () => {
      runs++;
      return new Response(`run ${runs}`, { headers: { "Cache-Control": "public, max-age=60", ETag: `"${runs}"` } });
    });
    expect(String((await ask("/a")).body)).toBe("run 1");
    const hit = await ask("/a");
    expect([String(hit.body), hit.headers["etag"], runs]).toEqual(["run 1", '"1"', 1]);
    expect(Number(hit.headers["age"])).toBeGreaterThanOrEqual(0);
    const head = await ask("/a", {}, "HEAD");
    expect([head.status, head.body.length]).toEqual([200, 0]);
    const fresh = await ask("/a", { "If-None-Match": '"1"' });
    expect([fresh.status, fresh.body.length, runs]).toEqual([304, 0, 1]);
  });

  it("custom metrics: their key never leaves", async () => {
    const { ask } = await open({}, () => Response.json({ fine: true, _cerberus_metrics: { cart: 3 } }));
    const { body, headers } = await ask("/");
    expect(JSON.parse(String(body))).toEqual({ fine: true });
    expect(Number(headers["content-length"] ?? body.length)).toBe(body.length);
  });

  it("error-boundary: an error that nobody answers is answered without its details", async () => {
    const { ask } = await open({ errorBoundary: { respond: true } }, () => {
      throw new Error("secret detail");
    });
    const { status, body, headers } = await ask("/");
    expect(status).toBe(500);
    expect(String(body)).not.toContain("secret detail");
    expect(headers["x-error-id"]).toBeTruthy();
  });
});
