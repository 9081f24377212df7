import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import express, { type Express } from "express";
import { afterEach, describe, expect, it } from "vitest";
import { createGatewatch, type Gatewatch } from "../create-gatewatch.ts";
import { gatewatch } from "./express.ts";

const require = createRequire(import.meta.url);
const say = (): void => undefined;
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** Keeps every answer. */
function createCore(): Gatewatch {
  const core = createGatewatch(
    { cache: { enabled: true, routes: { "/*": 60_000 } }, logger: { info: say, warn: say, error: say } },
    { env: {}, dotenv: undefined },
  );
  closers.push(() => core.close(0));
  return core;
}

async function serve(app: Express): Promise<(path: string) => Promise<string>> {
  const server = createServer(app).listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return async (path) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    await answer.text();
    return `${answer.headers.get("x-cache") ?? "unseen"}${answer.headers.has("x-early") ? ", early" : ""}`;
  };
}

describe.each([
  ["Express 5", express],
  ["Express 4", require("express4") as typeof express],
])("app.use(gatewatch()) in %s", (_name, create) => {
  const early: express.RequestHandler = (_request, response, next) => {
    response.setHeader("X-Early", "1");
    next();
  };
  const finish = (app: Express): Express => {
    app.get("/*path", (_request, response) => void response.send("kept"));
    return app;
  };
  const route = (app: Express): Express =>
    create === express
      ? finish(app)
      : app.use((_request: unknown, response: express.Response) => void response.send("kept"));

  it("is the gate of the whole app when it stands first", async () => {
    const ask = await serve(route(create().use(gatewatch(createCore()))));
    expect([await ask("/a"), await ask("/a"), await ask("/a")]).toEqual(["MISS", "HIT", "HIT"]);
  });

  it("lets what stands before it run before it, at each request", async () => {
    const ask = await serve(route(create().use(early, gatewatch(createCore()))));
    expect([await ask("/a"), await ask("/a"), await ask("/a")]).toEqual(["MISS, early", "HIT, early", "HIT, early"]);
  });

  it("keeps to its path", async () => {
    const app = create();
    app.use("/in", gatewatch(createCore()));
    const ask = await serve(route(app));
    const answers: string[] = [];
    for (const path of ["/in/a", "/in/a", "/out", "/out", "/in/a"]) answers.push(await ask(path));
    expect(answers).toEqual(["MISS", "HIT", "unseen", "unseen", "HIT"]);
  });

  it("keeps to its pattern, even to one that takes nothing of the path", async () => {
    const app = create();
    app.use(/^(?=.*in)/, gatewatch(createCore()));
    const ask = await serve(route(app));
    const answers: string[] = [];
    for (const path of ["/in", "/in", "/out", "/out", "/in"]) answers.push(await ask(path));
    expect(answers).toEqual(["MISS", "HIT", "unseen", "unseen", "HIT"]);
  });

  it("gives way to what is put before it while the app runs", async () => {
    const app = route(create().use(gatewatch(createCore())));
    const ask = await serve(app);
    expect([await ask("/a"), await ask("/a")]).toEqual(["MISS", "HIT"]);
    app.use(early);
    const { stack } = (create === express ? app.router : Reflect.get(app, "_router")) as { stack: unknown[] };
    // What Express puts first is its own.
    stack.splice(create === express ? 0 : 2, 0, stack.pop());
    expect([await ask("/a"), await ask("/a")]).toEqual(["HIT, early", "HIT, early"]);
  });
});
