import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import express, { type Express, type NextFunction, type Request, type Response } from "express";
import { afterEach, describe, expect, it } from "vitest";
import type { EarlyReply } from "../gate/exchange.ts";
import type { Layer } from "../gate/layer.ts";
import { createProbe, type Probe } from "./contract/probe.ts";
import { gatewatch as guardExpress } from "./express.ts";
import { gatewatch as guardHttp } from "./http.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

interface Answer {
  status: number;
  text: string;
  headers: Headers;
}

async function ask(server: Server, path = "/", method = "GET"): Promise<Answer> {
  if (!server.listening) {
    servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  }
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method });
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
}

const REPLY: EarlyReply = {
  status: 503,
  headers: { "Content-Type": "application/json", "Retry-After": "3" },
  body: '{"error":"unavailable"}',
};
const answering: Layer = { name: "answering", onError: () => REPLY };
const filling: Layer = { name: "filling", onUnhandled: () => REPLY };

function watch(...layers: Layer[]): Probe {
  const probe: Probe = createProbe({
    layers: [{ name: "ends", onFinish: (x, o) => probe.tellEnded(x, o) }, ...layers],
  });
  return probe;
}

const WAYS: [string, (app: Express, probe: Probe) => void][] = [
  ["app.use(gatewatch())", (app, probe) => void app.use(guardExpress(probe.gatewatch))],
  ["gatewatch(app)", (app, probe) => void guardExpress(app, probe.gatewatch)],
];

describe.each(WAYS)("answers to errors in Express, %s", (_name, guard) => {
  function createApp(probe: Probe, ran: string[], hasHandler: boolean): Server {
    const app = express();
    app.set("env", "test");
    guard(app, probe);
    app.get("/", (_request, response) => {
      response.set({ "Content-Type": "text/html", ETag: '"x"', "Content-Length": "5", "X-Stays": "1" });
      throw new Error("thrown");
    });
    app.get("/late", async (_request, response) => {
      response.write("begun");
      throw new Error("after the head");
    });
    app.use(
      "/router",
      express.Router().get("/x", async () => Promise.reject(new Error("rejected"))),
    );
    if (hasHandler) {
      app.use((_error: unknown, _request: Request, response: Response, _next: NextFunction) => {
        ran.push("app's handler");
        response.status(500).end("app");
      });
    }
    return createServer(app);
  }

  it("takes the place of the app's handler by the reply of a layer, from the first request on", async () => {
    const probe = watch(answering);
    const ran: string[] = [];
    const server = createApp(probe, ran, true);
    for (const path of ["/", "/router/x"]) {
      const { status, text, headers } = await ask(server, path);
      expect([status, text]).toEqual([503, REPLY.body]);
      expect(headers.get("content-type")).toBe("application/json");
      expect(headers.get("content-length")).toBe(String(REPLY.body.length));
      expect(headers.get("retry-after")).toBe("3");
      expect(headers.get("etag")).toBeNull();
    }
    expect((await ask(server, "/")).headers.get("x-stays")).toBe("1");
    expect(ran).toEqual([]);
    expect(await probe.waitForEnded(3)).toMatchObject([{ outcome: { status: 503 } }, {}, {}]);
  });

  it("answers HEAD by the head of that reply alone", async () => {
    const { status, text, headers } = await ask(createApp(watch(answering), [], true), "/", "HEAD");
    expect([status, text, headers.get("content-length")]).toEqual([503, "", String(REPLY.body.length)]);
  });

  it("lets a layer answer what nobody answers, and nothing else, from the first request on", async () => {
    for (const first of ["/", "/router/x"]) {
      const answer = await ask(createApp(watch(filling), [], false), first);
      expect([answer.status, answer.text]).toEqual([503, REPLY.body]);
    }
    const ran: string[] = [];
    const own = await ask(createApp(watch(filling), ran, true), "/router/x");
    expect([own.status, own.text, ran]).toEqual([500, "app", ["app's handler"]]);
    const none = await ask(createApp(watch(filling), [], false), "/none");
    expect(none.status).toBe(404);
  });

  it("never answers after the head", async () => {
    const probe = watch(answering, filling);
    await expect(ask(createApp(probe, [], false), "/late")).rejects.toThrow("terminated");
    expect(await probe.waitForEnded(1)).toMatchObject([{ outcome: { status: 200, aborted: true } }]);
  });

  it("leaves an error that goes on to an app outside to that app", async () => {
    const inner = express();
    guard(inner, watch(filling));
    inner.get("/", () => {
      throw new Error("inner");
    });
    const outer = express().use("/inner", inner);
    outer.set("env", "test");
    outer.use((error: Error, _request: Request, response: Response, _next: NextFunction) => {
      response.status(500).end(`outer: ${error.message}`);
    });
    const server = createServer(outer);
    for (let round = 1; round <= 2; round++) expect((await ask(server, "/inner")).text).toBe("outer: inner");
  });

  it("goes on to the app's handler when the reply cannot be sent", async () => {
    const broken: Layer = { name: "broken", onError: () => ({ ...REPLY, headers: { "X-Bad": "a\r\nb" } }) };
    const probe = watch(broken);
    const answer = await ask(createApp(probe, [], true));
    expect([answer.status, answer.text]).toEqual([500, "app"]);
    expect(probe.gatewatch.gate.stats().failures).toEqual({ "gate.reply": 1 });
  });
});

const THROWING: [string, RequestListener][] = [
  [
    "throws",
    () => {
      throw new Error("thrown");
    },
  ],
  ["rejects", async () => Promise.reject(new Error("rejected"))],
];

describe("answers to errors in node:http", () => {
  it.each(THROWING)("sends a layer's reply when the listener %s", async (_name, listener) => {
    const probe = watch(answering);
    const { status, text } = await ask(createServer(guardHttp(listener, probe.gatewatch)));
    expect([status, text]).toEqual([503, REPLY.body]);
    expect(await probe.waitForEnded(1)).toMatchObject([{ outcome: { status: 503, aborted: false } }]);
  });

  it("sends it for what a listener of a guarded server throws", async () => {
    const probe = watch(answering);
    const server = guardHttp(createServer(THROWING[0]![1]), probe.gatewatch);
    expect((await ask(server)).status).toBe(503);
  });

  it.each(THROWING)(
    "leaves the exception to the process when no layer answers and the listener %s",
    async (name, listener) => {
      const inner = guardHttp(listener, watch(filling).gatewatch);
      const caught: unknown[] = [];
      const server = createServer(async (request, response) => {
        try {
          await inner.call(server, request, response);
        } catch (error) {
          caught.push(error);
          response.writeHead(500).end(name);
        }
      });
      expect((await ask(server)).text).toBe(name);
      expect(caught).toHaveLength(1);
    },
  );
});
