import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { GatewatchEvent } from "@gatewatch/protocol";
import express from "express";
import { fastify } from "fastify";
import Koa from "koa";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { gatewatch as gatewatchExpress } from "./adapters/express.ts";
import type { gatewatch as gatewatchFastify } from "./adapters/fastify.ts";
import type { gatewatch as gatewatchHttp } from "./adapters/http.ts";
import type { gatewatch as gatewatchKoa } from "./adapters/koa.ts";
import type { createGatewatch, Gatewatch } from "./create-gatewatch.ts";

/** The modules of one copy of the package, as an app has two when one of its dependencies brings its own. */
interface Copy {
  createGatewatch: typeof createGatewatch;
  express: typeof gatewatchExpress;
  fastify: typeof gatewatchFastify;
  koa: typeof gatewatchKoa;
  http: typeof gatewatchHttp;
}

interface Seen {
  core: Gatewatch;
  events: GatewatchEvent[];
  lines: number;
}

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function loadCopy(): Promise<Copy> {
  vi.resetModules();
  const [ofCore, ofExpress, ofFastify, ofKoa, ofHttp] = await Promise.all([
    import("./create-gatewatch.ts"),
    import("./adapters/express.ts"),
    import("./adapters/fastify.ts"),
    import("./adapters/koa.ts"),
    import("./adapters/http.ts"),
  ]);
  return {
    createGatewatch: ofCore.createGatewatch,
    express: ofExpress.gatewatch,
    fastify: ofFastify.gatewatch,
    koa: ofKoa.gatewatch,
    http: ofHttp.gatewatch,
  };
}

function start(copy: Copy): Seen {
  const seen: Seen = { events: [], lines: 0, core: undefined as never };
  const say = (...said: unknown[]): void => {
    if (JSON.stringify(said).includes('"responseTime"')) seen.lines++;
  };
  seen.core = copy.createGatewatch(
    { logger: { info: say, warn: say, error: say }, sinks: [(event) => void seen.events.push(event)] },
    { env: {}, dotenv: undefined, file: {} },
  );
  closers.push(() => seen.core.close(0));
  return seen;
}

type Open = (copies: [Copy, Copy], cores: [Gatewatch, Gatewatch]) => Server | Promise<Server>;

const FAILURE = new Error("mine");
const listener: RequestListener = ({ url }, response) => {
  if (url === "/fail") throw FAILURE;
  response.end("fine");
};

const APPS: Record<string, Open> = {
  "Express, app.use()": (copies, cores) => {
    const app = express();
    for (const [index, copy] of copies.entries()) app.use(copy.express(cores[index]));
    app.get("/", (_request, response) => void response.send("fine"));
    app.get("/fail", () => {
      throw FAILURE;
    });
    app.use(((_error, _request, response, _next) => void response.sendStatus(500)) as express.ErrorRequestHandler);
    return createServer(app);
  },
  "Express, gatewatch(app)": (copies, cores) => {
    const app = express();
    app.get("/", (_request, response) => void response.send("fine"));
    app.get("/fail", () => {
      throw FAILURE;
    });
    app.use(((_error, _request, response, _next) => void response.sendStatus(500)) as express.ErrorRequestHandler);
    for (const [index, copy] of copies.entries()) copy.express(app, cores[index]!);
    return createServer(app);
  },
  Fastify: async (copies, cores) => {
    const app = fastify();
    for (const [index, copy] of copies.entries()) copy.fastify(app, cores[index]!);
    app.get("/", () => "fine");
    app.get("/fail", () => {
      throw FAILURE;
    });
    closers.push(() => app.close());
    await app.ready();
    return app.server;
  },
  Koa: (copies, cores) => {
    const app = new Koa();
    app.silent = true;
    for (const [index, copy] of copies.entries()) app.use(copy.koa(cores[index]));
    app.use((context) => {
      if (context.path === "/fail") throw FAILURE;
      context.body = "fine";
    });
    return createServer(app.callback());
  },
  "node:http": ([first, second], cores) =>
    createServer(
      first.http(
        second.http((request, response) => {
          try {
            listener(request, response);
          } catch (error) {
            request.gatewatch.captureError(error);
            response.writeHead(500).end();
          }
        }, cores[1]),
        cores[0],
      ),
    ),
};

describe.each(Object.entries(APPS))("two copies of the package on one app: %s", (_name, open) => {
  it("make one exchange, one line, one event and one error of a request", async () => {
    const copies: [Copy, Copy] = [await loadCopy(), await loadCopy()];
    expect(copies[0].createGatewatch).not.toBe(copies[1].createGatewatch);
    const seen = copies.map((copy) => start(copy)) as [Seen, Seen];
    const server = await open(copies, [seen[0].core, seen[1].core]);
    if (!server.listening) server.listen(0, "127.0.0.1");
    await once(server, "listening");
    closers.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const fine = await fetch(`${url}/`);
    const failed = await fetch(`${url}/fail`);
    expect([fine.status, await fine.text(), failed.status]).toEqual([200, "fine", 500]);
    expect(fine.headers.get("x-request-id")).toMatch(/^[^,]+$/);
    expect(failed.headers.get("x-error-id")).toMatch(/^[^,]+$/);
    await failed.text();
    const all = (): GatewatchEvent[] => seen.flatMap(({ events }) => events);
    await vi.waitFor(() => expect(all().filter(({ type }) => type === "request")).toHaveLength(2));
    await Promise.all(seen.map(({ core }) => core.flush()));
    expect(
      all()
        .map(({ type }) => type)
        .toSorted(),
    ).toEqual(["error", "request", "request"]);
    expect(seen.map(({ lines }) => lines).toSorted()).toEqual([0, 2]);
  });
});
