import { Readable } from "node:stream";
import type { AddressInfo } from "node:net";
import Fastify, { type FastifyInstance } from "fastify";
import { afterEach, describe, expect, it } from "vitest";
import type { Layer } from "../gate/layer.ts";
import { createProbe, type Probe } from "./contract/probe.ts";
import { gatewatch, guard } from "./fastify.ts";

const apps: FastifyInstance[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
});

async function listen(app: FastifyInstance): Promise<(path: string, init?: RequestInit) => Promise<Response>> {
  apps.push(app);
  await app.listen({ port: 0, host: "127.0.0.1" });
  const { port } = app.server.address() as AddressInfo;
  return (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init);
}

const fail = (message: string) => () => {
  throw new Error(message);
};
const messages = (probe: Probe) => probe.errors.map(({ error }) => (error as Error).message);

describe("gatewatch/fastify", () => {
  describe.each([
    ["app.register(gatewatch)", (app: FastifyInstance, probe: Probe) => void app.register(gatewatch, probe.gatewatch)],
    ["gatewatch(app)", (app: FastifyInstance, probe: Probe) => void gatewatch(app, probe.gatewatch)],
  ])("sees errors, and leaves the answer as it is: %s", (_how, guardApp) => {
    function createFailing(prepare: (app: FastifyInstance) => void, handler: boolean): FastifyInstance {
      const app = Fastify();
      prepare(app);
      if (handler) {
        app.setErrorHandler((error, _request, reply) => reply.code(503).send({ app: (error as Error).message }));
      }
      app.get("/thrown", fail("thrown"));
      app.get("/rejected", async () => Promise.reject(new Error("rejected")));
      app.get("/sent", (_request, reply) => void reply.send(new Error("sent")));
      app.get("/hook", { preHandler: async () => Promise.reject(new Error("in a hook")) }, async () => "never");
      app.get("/own", { errorHandler: (_error, _request, reply) => void reply.send("own") }, fail("own handler"));
      const schema = { querystring: { type: "object", required: ["must"], properties: { must: { type: "string" } } } };
      app.get("/validated", { schema }, async () => "never");
      app.get("/stream", (_request, reply) => {
        const source = new Readable({ read: () => undefined });
        process.nextTick(() => source.destroy(new Error("stream")));
        return reply.send(source);
      });
      void app.register(async (scope) => {
        scope.setErrorHandler(async (error, _request, reply) =>
          reply.code(418).send(`scope ${(error as Error).message}`),
        );
        scope.get("/scope", fail("in a scope"));
        scope.get("/again", { errorHandler: fail("handler failed") }, fail("first"));
      });
      app.post("/body", async () => "never");
      return app;
    }
    const paths = [
      "/thrown",
      "/rejected",
      "/sent",
      "/hook",
      "/own",
      "/validated",
      "/stream",
      "/scope",
      "/again",
      "/no",
    ];

    it.each([true, false])("with an error handler of the app's: %s", async (handler) => {
      const probe = createProbe();
      const answers: string[][] = [];
      for (const prepare of [() => undefined, (app: FastifyInstance) => guardApp(app, probe)]) {
        const ask = await listen(createFailing(prepare, handler));
        const texts: string[] = [];
        for (const path of paths) {
          const answer = await ask(path);
          texts.push(`${answer.status} ${await answer.text()}`);
        }
        const init = { method: "POST", headers: { "content-type": "application/json" }, body: "{" };
        texts.push(await (await ask("/body", init)).text());
        answers.push(texts);
      }
      expect(answers[1]).toEqual(answers[0]);
      const ended = await probe.waitForEnded(paths.length + 1);
      expect(messages(probe)).toEqual([
        "thrown",
        "rejected",
        "sent",
        "in a hook",
        "own handler",
        "querystring must have required property 'must'",
        "stream",
        "in a scope",
        "first",
        "Body is not valid JSON but content-type is set to 'application/json'",
      ]);
      expect(ended.map(({ outcome }) => outcome.route)).toEqual([...paths.slice(0, -1), null, "/body"]);
    });
  });

  it("names the route, the user and the parsed body, and offers request.gatewatch", async () => {
    const probe = createProbe();
    const app = Fastify();
    void app.register(gatewatch, probe.gatewatch);
    app.decorateRequest("user", null);
    app.addHook("onRequest", async (request) => Object.assign(request, { user: { id: 7, password: "x" } }));
    void app.register(
      async (scope) => {
        scope.post("/users/:user/orders/*", async (request) => {
          request.gatewatch.set("plan", "gold");
          return { id: request.gatewatch.requestId };
        });
      },
      { prefix: "/api" },
    );
    const ask = await listen(app);
    const answer = await ask("/api/users/7/orders/9/items?x=1", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"a":[1]}',
    });
    const [end] = await probe.waitForEnded(1);
    expect(await answer.json()).toEqual({ id: end?.x.requestId });
    expect(end?.outcome.route).toBe("/api/users/:user/orders/*");
    expect(end?.x.user()).toEqual({ authenticated: true, id: 7, username: null });
    expect(end?.x.body()).toEqual({ a: [1] });
    expect(end?.x.attributes).toEqual({ plan: "gold" });
  });

  it("sees what Fastify answers before all hooks, and what hooks answer that stand before ours", async () => {
    const probe = createProbe();
    const app = Fastify();
    app.addHook("onRequest", async (request, reply) => {
      if (request.url === "/early") await reply.code(403).send("early");
    });
    void app.register(gatewatch, probe.gatewatch);
    app.get("/early", async () => "never");
    const ask = await listen(app);
    for (const path of ["/%ff", "/early"]) await (await ask(path)).text();
    const ended = await probe.waitForEnded(2);
    expect(ended.map(({ outcome }) => outcome.status)).toEqual([400, 403]);
  });

  it("serves injected requests as those of a socket", async () => {
    const reply = { status: 429, headers: { "X-Layer": "1" }, body: "slow down" };
    const layer: Layer = { name: "limit", onRequest: (x) => (x.path === "/limited" ? reply : undefined) };
    const probe: Probe = createProbe({ layers: [layer, { name: "end", onFinish: (x, o) => probe.tellEnded(x, o) }] });
    const app = gatewatch(Fastify(), probe.gatewatch);
    apps.push(app);
    app.get("/*", async (request) => request.gatewatch.requestId);
    const [free, limited] = [await app.inject("/free"), await app.inject("/limited")];
    expect([limited.statusCode, limited.body, limited.headers["x-layer"]]).toEqual([429, "slow down", "1"]);
    const ended = await probe.waitForEnded(2);
    expect(free.body).toBe(ended[0]?.x.requestId);
  });

  it("guards one scope alone where it is registered in one", async () => {
    const probe = createProbe();
    const app = Fastify();
    void app.register(async (scope) => {
      await scope.register(gatewatch, probe.gatewatch);
      scope.get("/inside", fail("inside"));
    });
    app.get("/outside", fail("outside"));
    const ask = await listen(app);
    for (const path of ["/outside", "/inside"]) expect((await ask(path)).status).toBe(500);
    expect((await probe.waitForEnded(1)).map(({ x }) => x.path)).toEqual(["/inside"]);
    expect(messages(probe)).toEqual(["inside"]);
  });

  it("records a request once, however often it is registered", async () => {
    const probe = createProbe();
    const app = gatewatch(Fastify(), probe.gatewatch);
    await app.register(gatewatch, probe.gatewatch);
    app.get("/", fail("once"));
    const ask = await listen(app);
    await (await ask("/")).text();
    expect(await probe.waitForEnded(1)).toHaveLength(1);
    expect(messages(probe)).toEqual(["once"]);
  });

  it("leaves Fastify's log as it was, whoever answers", async () => {
    const logs: unknown[][] = [];
    const reply = { status: 500, headers: {}, body: "layer" };
    const probes = [undefined, createProbe(), createProbe({ layers: [{ name: "answer", onUnhandled: () => reply }] })];
    for (const probe of probes) {
      const lines: { level: number; msg: string; res?: { statusCode: number }; err?: { message: string } }[] = [];
      const app = Fastify({ logger: { stream: { write: (line: string) => void lines.push(JSON.parse(line)) } } });
      if (probe !== undefined) gatewatch(app, probe.gatewatch);
      app.get("/", fail("logged"));
      const ask = await listen(app);
      await (await ask("/")).text();
      await app.close();
      const requests = lines.filter(({ msg }) => !msg.startsWith("Server"));
      logs.push(requests.map(({ level, msg, res, err }) => [level, msg, res, err?.message]));
    }
    expect(logs[0]).toContainEqual([50, "logged", { statusCode: 500 }, "logged"]);
    expect(logs[1]).toEqual(logs[0]);
    expect(logs[2]).toEqual(logs[0]);
  });

  it.each([
    ["onUnhandled", false, 422],
    ["onUnhandled", true, 500],
    ["onError", true, 422],
  ] as const)("lets a layer's %s answer; the app has a handler: %s", async (moment, handler, status) => {
    const probe = createProbe({
      layers: [{ name: "answer", [moment]: () => ({ status: 422, headers: {}, body: "layer" }) }],
    });
    for (const hold of [() => undefined, async () => undefined]) {
      const app = gatewatch(Fastify(), { ...probe.gatewatch, holdForDelivery: hold });
      if (handler) {
        app.setErrorHandler(async (_error, _request, reply) => {
          if (reply.raw.headersSent) reply.raw.destroy();
          else return reply.code(500).send("app");
        });
      }
      app.get("/", fail("x"));
      app.get("/late", async (_request, reply) => {
        reply.raw.write("begun");
        throw new Error("late");
      });
      const ask = await listen(app);
      expect((await ask("/")).status).toBe(status);
      // What has begun cannot be answered anew.
      const late = await (await ask("/late")).text().catch(() => "cut");
      expect(late).toBe("cut");
    }
  });

  it("runs a route's own layers as a hook of that route", async () => {
    const app = gatewatch(Fastify(), { accessLog: false });
    app.get("/timed", { preHandler: guard({ timing: { processingTimeHeader: true } }) }, async () => "timed");
    app.get("/free", async () => "free");
    const ask = await listen(app);
    const [timed, free] = [await ask("/timed"), await ask("/free")];
    expect([await timed.text(), await free.text()]).toEqual(["timed", "free"]);
    expect([timed.headers.has("x-processing-time"), free.headers.has("x-processing-time")]).toEqual([true, false]);
  });
});
