import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import Koa from "koa";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Layer } from "../gate/layer.ts";
import { createProbe, type Probe } from "./contract/probe.ts";
import { gatewatch, guard } from "./koa.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  vi.restoreAllMocks();
});

async function listen(
  app: Koa,
): Promise<(path: string) => Promise<{ status: number; text: string; headers: Headers }>> {
  const server = createServer(app.callback());
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return async (path) => {
    // Koa breaks the connection off when a stream fails.
    const answer = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => new Response("cut", { status: 599 }));
    return { status: answer.status, text: await answer.text(), headers: answer.headers };
  };
}

const use = (app: Koa, probe: Probe) => app.use(gatewatch(probe.gatewatch));
const wrap = (app: Koa, probe: Probe) => gatewatch(app, probe.gatewatch);
const WAYS: [string, (app: Koa, probe: Probe) => Koa][] = [
  ["app.use(gatewatch())", use],
  ["gatewatch(app)", wrap],
];
const messages = (probe: Probe) => probe.errors.map(({ error }) => (error instanceof Error ? error.message : error));

function failOn(context: Koa.Context): void {
  const { path } = context;
  if (path === "/thrown") throw new Error("thrown");
  if (path === "/text") throw "only a text";
  if (path === "/teapot") context.throw(418, "short and stout");
  if (path === "/circular") {
    const body: Record<string, unknown> = {};
    body["self"] = body;
    context.body = body;
  }
  if (path === "/stream") {
    const source = new Readable({ read: () => undefined });
    setImmediate(() => source.destroy(new Error("stream")));
    context.body = source;
  }
  if (path === "/fine") context.body = "fine";
}
const PATHS = ["/thrown", "/text", "/teapot", "/circular", "/stream", "/fine", "/none"];
const SEEN = ["thrown", "only a text", "short and stout", expect.stringContaining("circular"), "stream"];

describe.each(WAYS)("gatewatch/koa, %s", (_how, guardApp) => {
  it("sees the errors that Koa answers, and leaves the answers and what Koa prints as they are", async () => {
    const probe = createProbe();
    const runs: unknown[] = [];
    for (const prepare of [(app: Koa) => app, (app: Koa) => guardApp(app, probe)]) {
      const printed: string[] = [];
      vi.spyOn(console, "error").mockImplementation((text: string) => void printed.push(text.split("\n")[1] ?? ""));
      const ask = await listen(prepare(new Koa()).use(async (context) => failOn(context)));
      const answers: string[] = [];
      for (const path of PATHS) {
        const { status, text } = await ask(path);
        answers.push(`${status} ${text}`);
      }
      runs.push({ answers, printed });
      vi.restoreAllMocks();
    }
    expect(runs[1]).toEqual(runs[0]);
    expect((runs[0] as { printed: string[] }).printed).toContain("  Error: thrown");
    await probe.waitForEnded(PATHS.length);
    expect(messages(probe)).toEqual(SEEN);
  });

  it("leaves the app's own error listener as it is, with the same error", async () => {
    const probe = createProbe();
    const told: unknown[] = [];
    const app = guardApp(new Koa(), probe);
    app.on("error", (error) => told.push(error));
    app.use(async (context) => failOn(context));
    expect(app.listenerCount("error")).toBe(1);
    const ask = await listen(app);
    expect((await ask("/thrown")).text).toBe("Internal Server Error");
    expect(told).toEqual([probe.errors[0]?.error]);
    expect(app.listenerCount("error")).toBe(1);
  });

  it("sees an error that a middleware answers and emits", async () => {
    const probe = createProbe();
    const app = guardApp(new Koa(), probe);
    app.on("error", () => undefined);
    app.use(async (context, next) => {
      try {
        await next();
      } catch (error) {
        context.status = 503;
        context.body = "app";
        context.app.emit("error", error as Error, context);
      }
    });
    app.use(async (context) => failOn(context));
    const ask = await listen(app);
    expect(await ask("/thrown")).toMatchObject({ status: 503, text: "app" });
    expect(messages(probe)).toEqual(["thrown"]);
    expect((await probe.waitForEnded(1)).map(({ outcome }) => outcome.status)).toEqual([503]);
  });

  it("names the route, the user and the parsed body, and offers ctx.gatewatch", async () => {
    const probe = createProbe();
    const app = guardApp(new Koa(), probe);
    app.use(async (context) => {
      // As @koa/router, koa-jwt and the body parsers leave it.
      context["_matchedRoute"] = "/users/:id";
      context.state["user"] = { id: 7 };
      Object.assign(context.request, { body: { a: [1] } });
      context.gatewatch.set("plan", "gold");
      context.body = context.gatewatch.requestId;
    });
    const ask = await listen(app);
    const { text } = await ask("/users/7");
    const [end] = await probe.waitForEnded(1);
    expect(text).toBe(end?.x.requestId);
    expect([end?.outcome.route, end?.x.user()?.id, end?.x.attributes]).toEqual(["/users/:id", 7, { plan: "gold" }]);
  });

  it.each([
    ["onUnhandled", false, 422],
    ["onUnhandled", true, 500],
    ["onError", false, 422],
  ] as const)("lets a layer's %s answer; the app has a handler of its own: %s", async (moment, handler, status) => {
    const probe = createProbe({
      layers: [{ name: "answer", [moment]: () => ({ status: 422, headers: {}, body: "layer" }) }],
    });
    const app = guardApp(new Koa(), probe);
    const told: string[] = [];
    app.on("error", ({ message }: Error) => told.push(message));
    if (handler) {
      app.context.onerror = function onerror(this: Koa.Context, error: Error | null) {
        if (error === null || error === undefined) return;
        this.app.emit("error", error, this);
        this.res.statusCode = 500;
        this.res.end("app");
      } as typeof app.context.onerror;
    }
    app.use(async (context) => failOn(context));
    const ask = await listen(app);
    expect((await ask("/thrown")).status).toBe(status);
    expect(told).toEqual(["thrown"]);
  });

  it("lets a layer answer before the app, at once or later", async () => {
    const reply = { status: 429, headers: {}, body: "slow down" };
    for (const onRequest of [() => reply, async () => reply]) {
      const probe: Probe = createProbe({
        layers: [
          { name: "end", onFinish: (x, o) => probe.tellEnded(x, o) },
          { name: "limit", onRequest } satisfies Layer,
        ],
      });
      let calls = 0;
      const app = guardApp(new Koa(), probe).use(() => void calls++);
      const ask = await listen(app);
      expect(await ask("/")).toMatchObject({ status: 429, text: "slow down" });
      expect((await probe.waitForEnded(1)).map(({ outcome }) => outcome.status)).toEqual([429]);
      expect(calls).toBe(0);
    }
  });
});

describe("gatewatch/koa", () => {
  it("sees with gatewatch(app) what a middleware catches and tells nobody", async () => {
    const order: string[] = [];
    const probe = createProbe({
      async holdForDelivery() {
        await new Promise((resolve) => setImmediate(resolve));
        order.push("delivered");
      },
    });
    const app = wrap(new Koa(), probe);
    app.use(async (context, next) => {
      await next().catch((error: Error) => {
        order.push("app's handler");
        context.body = error.message;
      });
    });
    app.use(async (_context, next) => next());
    app.use(async (context) => failOn(context));
    const ask = await listen(app);
    expect((await ask("/thrown")).text).toBe("thrown");
    expect(messages(probe)).toEqual(["thrown"]);
    expect(order).toEqual(["delivered", "app's handler"]);
  });

  it("leaves errors to the middleware that stands outside of it", async () => {
    const probe = createProbe({
      layers: [{ name: "answer", onUnhandled: () => ({ status: 422, headers: {}, body: "layer" }) }],
    });
    const app = new Koa();
    app.use(async (context, next) => {
      await next().catch((error: Error) => (context.body = `app: ${error.message}`));
    });
    use(app, probe).use(async (context) => failOn(context));
    const ask = await listen(app);
    expect((await ask("/thrown")).text).toBe("app: thrown");
  });

  it("runs a route's own layers where they stand", async () => {
    const app = new Koa().use(gatewatch({ accessLog: false }));
    const timed = guard({ timing: { processingTimeHeader: true } });
    app.use((context, next) => (context.path === "/timed" ? timed(context, next) : next()));
    app.use((context) => void (context.body = "fine"));
    const ask = await listen(app);
    const [first, second] = [await ask("/timed"), await ask("/free")];
    expect([first.text, second.text]).toEqual(["fine", "fine"]);
    expect([first.headers.has("x-processing-time"), second.headers.has("x-processing-time")]).toEqual([true, false]);
  });
});
