import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { afterAll, describe, expect, it } from "vitest";
import { gatewatch as gateExpress, guard as guardExpress } from "../../adapters/express.ts";
import { gatewatch as gateFastify, guard as guardFastify } from "../../adapters/fastify.ts";
import { gatewatch as gateHono, guard as guardHono } from "../../adapters/hono.ts";
import { keepGlobals } from "../../adapters/contract/keep-globals.ts";
import { createGatewatch, type Gatewatch } from "../../create-gatewatch.ts";
import type { ConfigOptions } from "../../options/options.ts";
import { send } from "./cached-app-stand-in.ts";

keepGlobals();

const TEXT = "again and again ".repeat(200);
const RULE = { cache: { routes: { "/*": 60_000 } } };
const say = (): void => undefined;
const closers: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closers.toReversed()) await close();
});

function createCore(options: ConfigOptions = {}): Gatewatch {
  const given = { ...options, logger: { info: say, warn: say, error: say } };
  const core = createGatewatch(given, { env: {}, dotenv: undefined });
  closers.push(() => core.close(0));
  return core;
}

async function portOf(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

type Start = (core: Gatewatch, seen: string[]) => Promise<number>;

/** `/kept` has a cache of its own, `/other` one with the same options, `/apart` one with others; `/plain` and POST have none. */
const FRAMEWORKS: [name: string, start: Start][] = [
  [
    "Express",
    async (core, seen) => {
      const app = express().use(gateExpress(core));
      const answer: express.RequestHandler = (request, response) => {
        seen.push(`${request.method} ${request.path}`);
        response.type("text/plain").send(TEXT);
      };
      app.get("/kept", guardExpress(RULE), answer);
      app.get("/other", guardExpress(RULE), answer);
      app.get("/apart", guardExpress({ cache: { ...RULE.cache, ttlHeader: true } }), answer);
      app.use(answer);
      return portOf(createServer(app));
    },
  ],
  [
    "Fastify",
    async (core, seen) => {
      const app = fastify();
      await app.register(gateFastify, core);
      const answer = async (request: { method: string; url: string }): Promise<string> => {
        seen.push(`${request.method} ${request.url}`);
        return TEXT;
      };
      app.get("/kept", { preHandler: guardFastify(RULE) }, answer);
      app.get("/other", { preHandler: guardFastify(RULE) }, answer);
      app.get("/apart", { preHandler: guardFastify({ cache: { ...RULE.cache, ttlHeader: true } }) }, answer);
      app.get("/plain", answer);
      app.post("/kept", answer);
      await app.listen({ port: 0, host: "127.0.0.1" });
      closers.push(() => app.close());
      return (app.server.address() as AddressInfo).port;
    },
  ],
  [
    "Hono",
    async (core, seen) => {
      const app = new Hono().use(gateHono(core));
      app.get("/kept", guardHono(RULE));
      app.get("/other", guardHono(RULE));
      app.get("/apart", guardHono({ cache: { ...RULE.cache, ttlHeader: true } }));
      app.all("*", (context) => {
        seen.push(`${context.req.method} ${context.req.path}`);
        return context.text(TEXT);
      });
      return portOf(createAdaptorServer({ fetch: app.fetch }) as Server);
    },
  ],
];

describe.each(FRAMEWORKS)("guard({ cache }) on %s", (_name, start) => {
  it("keeps the answers of its route, and compresses them for whoever takes them so", async () => {
    const core = createCore();
    const seen: string[] = [];
    const port = await start(core, seen);
    const miss = await send(port, "/kept", { "accept-encoding": "gzip" }, "GET");
    expect(miss.headers).toMatchObject({ "x-cache": "MISS", "content-encoding": "gzip" });
    const plain = await send(port, "/kept", {}, "GET");
    expect(plain.headers["x-cache"]).toBe("HIT");
    expect(plain.headers["content-encoding"]).toBeUndefined();
    expect(plain.text).toBe(TEXT);
    const hit = await send(port, "/kept", { "accept-encoding": "gzip" }, "GET");
    expect(hit.headers).toMatchObject({ "x-cache": "HIT", "content-encoding": "gzip" });
    expect(hit.body.equals(miss.body)).toBe(true);
    const other = await send(port, "/plain", {}, "GET");
    expect(other.headers["x-cache"]).toBeUndefined();
    expect(seen).toEqual(["GET /kept", "GET /plain"]);
  });

  it("shares one store with the routes beside it, each finding its own answers", async () => {
    const core = createCore();
    const seen: string[] = [];
    const port = await start(core, seen);
    for (const path of ["/kept", "/other", "/apart", "/kept", "/other", "/apart"]) await send(port, path, {}, "GET");
    expect(seen).toEqual(["GET /kept", "GET /other", "GET /apart"]);
    const counted = Object.entries(core.stats().layers).filter(([name]) => name.startsWith("cache"));
    expect(counted.map(([, { entries }]) => entries)).toEqual([3, 3, 3]);
    await core.cache.purgePath("/other");
    await send(port, "/other", {}, "GET");
    expect(seen).toHaveLength(4);
  });

  it("hears of what an unsafe method changes when the whole app has a cache too", async () => {
    const core = createCore({ cache: true });
    const seen: string[] = [];
    const port = await start(core, seen);
    await send(port, "/kept", {}, "GET");
    expect((await send(port, "/kept", {}, "GET")).headers["x-cache"]).toBe("HIT");
    await send(port, "/kept", {}, "POST", "");
    await send(port, "/kept", {}, "GET");
    expect(seen).toEqual(["GET /kept", "POST /kept", "GET /kept"]);
  });
});

describe("what a route's cache keeps", () => {
  it("is not handed out by the app's own, which stands before whatever protects the route", async () => {
    const core = createCore({ cache: true });
    const app = express().use(gateExpress(core));
    app.use((request, response, next) => {
      if (request.headers["x-door"] === "open") next();
      else response.sendStatus(403);
    });
    app.get("/kept", guardExpress(RULE), (_request, response) => void response.type("text/plain").send(TEXT));
    const port = await portOf(createServer(app));
    await send(port, "/kept", { "x-door": "open" }, "GET");
    expect((await send(port, "/kept", { "x-door": "open" }, "GET")).headers["x-cache"]).toBe("HIT");
    expect((await send(port, "/kept", {}, "GET")).status).toBe(403);
  });

  it("is not for a user whom the app knows otherwise than by the request", async () => {
    const core = createCore();
    let user: { id: string } | undefined;
    const app = express().use(gateExpress(core));
    app.use((request, _response, next) => {
      Object.assign(request, { user });
      next();
    });
    app.get("/kept", guardExpress(RULE), (_request, response) => void response.send(`for ${user?.id ?? "anybody"}`));
    const port = await portOf(createServer(app));
    await send(port, "/kept", {}, "GET");
    user = { id: "alice" };
    expect((await send(port, "/kept", {}, "GET")).text).toBe("for alice");
    user = undefined;
    expect((await send(port, "/kept", {}, "GET")).text).toBe("for anybody");
  });
});
