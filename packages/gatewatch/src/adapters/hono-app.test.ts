import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { RegExpRouter } from "hono/router/reg-exp-router";
import { LinearRouter } from "hono/router/linear-router";
import { TrieRouter } from "hono/router/trie-router";
import { describe, expect, it } from "vitest";
import { createGatewatch, type Gatewatch } from "../create-gatewatch.ts";
import type { ErrorEvent, GatewatchEvent } from "@gatewatch/protocol";
import { keepGlobals } from "./contract/keep-globals.ts";
import { createProbe } from "./contract/probe.ts";
import { gatewatch } from "./hono.ts";
import { gatewatch as gatewatchHttp } from "./http.ts";

keepGlobals();

/** All that a Hono app can be asked for, by whatever router. */
function addRoutes(app: Hono): Hono {
  const sub = new Hono();
  sub.get("/", (context) => context.text("all"));
  sub.get("/:id", (context) => context.text(`item ${context.req.param("id")}`));
  app.use("/admin/*", async (context, next) => {
    if (context.req.header("authorization") === undefined) return context.text("who?", 401);
    await next();
    return undefined;
  });
  app.get("/", (context) => context.text("home"));
  app.get("/items/:id", (context) => context.text(`${context.req.param("id")} ${context.get("gatewatch").requestId}`));
  app.get("/admin/:page", (context) => context.text("admin"));
  app.all("/any", (context) => context.text("any"));
  app.get("/files/*", (context) => context.text("file"));
  app.route("/sub", sub);
  app.get("/fail", () => {
    throw new TypeError("planted");
  });
  app.get("/forbidden", () => {
    throw new HTTPException(403, { message: "not yours" });
  });
  app.get("/text", () => {
    // oxlint-disable-next-line no-throw-literal -- apps do
    throw "no error at all";
  });
  return app;
}

describe.each([
  ["app.use(gatewatch())", (app: Hono, core: Gatewatch) => addRoutes(app.use(gatewatch(core)))],
  ["gatewatch(app)", (app: Hono, core: Gatewatch) => gatewatch(addRoutes(app), core)],
])("%s", (_name, guard) => {
  describe.each([
    ["the default router", undefined],
    ["RegExpRouter", () => new RegExpRouter<never>()],
    ["TrieRouter", () => new TrieRouter<never>()],
    ["LinearRouter", () => new LinearRouter<never>()],
  ])("with %s", (_router, createRouter) => {
    it.each([
      ["/", 200, "/"],
      ["/items/7", 200, "/items/:id"],
      ["/admin/people", 401, "/admin/:page"],
      ["/admin", 401, null],
      ["/any", 200, "/any"],
      ["/files/a/b.txt", 200, "/files/*"],
      ["/sub", 200, "/sub"],
      ["/sub/9", 200, "/sub/:id"],
      ["/nowhere", 404, null],
      ["/fail", 500, "/fail"],
      ["/forbidden", 403, "/forbidden"],
    ])("knows the route of %s", async (path, status, route) => {
      const probe = createProbe();
      const app = guard(new Hono(createRouter === undefined ? {} : { router: createRouter() }), probe.gatewatch);
      app.onError((error, context) =>
        error instanceof HTTPException ? error.getResponse() : context.text("sorry", 500),
      );
      const answer = await app.request(path);
      expect(answer.status).toBe(status);
      expect(await probe.waitForEnded(1)).toMatchObject([{ outcome: { route, status } }]);
    });
  });

  it("sees every error once, whoever answers it", async () => {
    const probe = createProbe();
    const app = guard(new Hono(), probe.gatewatch);
    const handled: unknown[] = [];
    app.onError((error, context) => {
      handled.push(error);
      return context.text("sorry", 503);
    });
    expect(await (await app.request("/fail")).text()).toBe("sorry");
    expect(probe.errors.map(({ error }) => error)).toEqual(handled);
    await expect(app.request("/text")).rejects.toBe("no error at all");
    expect(probe.errors[1]?.error).toBe("no error at all");
    expect(probe.ended.map(({ outcome }) => outcome.status)).toEqual([503, 500]);
  });

  it("lets a layer answer in the place of Hono's own answer to an error, and of no other", async () => {
    const reply = { status: 500, headers: { "content-type": "application/json" }, body: '{"error":"layer"}' };
    const probe = createProbe({ layers: [{ name: "boundary", onUnhandled: () => reply }] });
    const app = guard(new Hono(), probe.gatewatch);
    expect(await (await app.request("/fail")).text()).toBe('{"error":"layer"}');
    expect(await (await app.request("/forbidden")).text()).toBe("not yours");
    app.onError((_error, context) => context.text("the app's own", 500));
    expect(await (await app.request("/fail")).text()).toBe("the app's own");
  });

  it("gives HEAD the head of GET", async () => {
    const probe = createProbe();
    const answer = await guard(new Hono(), probe.gatewatch).request("/items/7", { method: "HEAD" });
    expect([answer.status, await answer.text()]).toEqual([200, ""]);
    expect(await probe.waitForEnded(1)).toMatchObject([
      { x: { method: "HEAD" }, outcome: { route: "/items/:id", responseBytes: 0 } },
    ]);
  });
});

describe("gatewatch/hono with everything on", () => {
  it("leaves one line and one event for each request, and one for each error", async () => {
    const lines: string[] = [];
    const write = (text: string): void => void lines.push(text);
    const events: GatewatchEvent[] = [];
    const core = createGatewatch(
      { logger: { info: write, warn: write, error: write }, sinks: [(event) => void events.push(event)] },
      { env: {}, dotenv: undefined },
    );
    const app = addRoutes(new Hono().use(gatewatch(core)));
    app.onError((_error, context) => context.text("sorry", 500));
    for (const path of ["/items/7", "/fail", "/nowhere"]) await (await app.request(path)).text();
    await core.flush();
    const requests = events.filter((event) => event.type === "request");
    expect(requests).toMatchObject([
      { route: "/items/:id", status: 200, responseBytes: 38 },
      { route: "/fail", status: 500 },
      { path: "/nowhere", status: 404 },
    ]);
    const errors = events.filter((event): event is ErrorEvent => event.type === "error");
    expect(errors).toMatchObject([
      { exceptions: [{ type: "TypeError", message: "planted" }], request: { route: "/fail", status: 500 } },
    ]);
    expect(requests[1]).toMatchObject({ errorId: errors[0]?.id });
    expect(lines.filter((text) => text === "request completed")).toHaveLength(3);
    await core.close();
  });

  it("knows a request that an outer Node app has brought through the gate", async () => {
    const probe = createProbe();
    const app = new Hono().use(gatewatch(probe.gatewatch));
    app.get("/", (context) => context.text(context.get("gatewatch").requestId));
    const listener = getRequestListener(app.fetch);
    const server = createServer(
      gatewatchHttp((request, response) => void listener(request, response), probe.gatewatch),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const answer = await fetch(`http://127.0.0.1:${port}/`);
    const [ended] = await probe.waitForEnded(1);
    expect(await answer.text()).toBe(ended?.x.requestId);
    expect(probe.ended).toHaveLength(1);
    server.closeAllConnections();
    server.close();
  });
});
