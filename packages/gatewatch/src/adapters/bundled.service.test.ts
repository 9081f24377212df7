import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { StartedApp } from "./contract/started-app.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

/** A tiny app per adapter. */
const APPS: Record<string, { imports: string; body: string; route?: string }> = {
  http: {
    imports: `import { createServer } from "node:http";`,
    body: `const server = createServer(gatewatch((request, response) => response.end("fine"), options));
      server.listen(0, "127.0.0.1", () => tell(server));`,
  },
  express: {
    imports: `import express from "express";`,
    body: `const app = express().use(gatewatch(options));
      app.get("/items/:id", (request, response) => response.send("fine"));
      const server = app.listen(0, "127.0.0.1", () => tell(server));`,
    route: "/items/:id",
  },
  express4: {
    imports: `import express from "express4";`,
    body: `const app = express().use(gatewatch(options));
      app.get("/items/:id", (request, response) => response.send("fine"));
      const server = app.listen(0, "127.0.0.1", () => tell(server));`,
    route: "/items/:id",
  },
  fastify: {
    imports: `import Fastify from "fastify";`,
    body: `const app = Fastify();
      app.register(gatewatch, options);
      app.get("/items/:id", async () => "fine");
      app.listen({ port: 0, host: "127.0.0.1" }).then(() => tell(app.server));`,
    route: "/items/:id",
  },
  hono: {
    imports: `import { serve } from "@hono/node-server"; import { Hono } from "hono";`,
    body: `const app = new Hono().use(gatewatch(options));
      app.get("/items/:id", (context) => context.text("fine"));
      const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, () => tell(server));`,
    route: "/items/:id",
  },
  koa: {
    imports: `import Koa from "koa";`,
    body: `const app = new Koa().use(gatewatch(options));
      app.use(async (context) => { context.body = "fine"; });
      const server = app.listen(0, "127.0.0.1", () => tell(server));`,
  },
};

interface Form {
  name: string;
  format: "esm" | "cjs";
  /** What is taken into the file: nothing, gatewatch, or all. */
  bundles: "nothing" | "gatewatch" | "all";
  isFirst: boolean;
}

const FORMS: readonly Form[] = [
  { name: "as an ES module, imported first", format: "esm", bundles: "nothing", isFirst: true },
  { name: "as CommonJS, required last", format: "cjs", bundles: "nothing", isFirst: false },
  { name: "bundled into an ES module, imported last", format: "esm", bundles: "gatewatch", isFirst: false },
  { name: "bundled with its framework into CommonJS, imported first", format: "cjs", bundles: "all", isFirst: true },
];

function writeApp(name: string, isFirst: boolean): string {
  const { imports, body } = APPS[name]!;
  const own = `import { gatewatch } from "gatewatch/${name.replace("4", "")}";`;
  return `${isFirst ? own + imports : imports + own}
    const say = (value) => process.stdout.write(JSON.stringify(value) + "\\n");
    const options = { accessLog: false, sinks: [({ type, route }) => say({ type, route })] };
    const tell = (server) => process.stdout.write("listening on http://127.0.0.1:" + server.address().port + "\\n");
    process.once("SIGTERM", () => setImmediate(() => process.exit()));
    ${body}`;
}

describe.each(Object.keys(APPS))("gatewatch/%s as it is published", (name) => {
  const apps: StartedApp[] = [];
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "gatewatch-bundled-"));
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  });
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.stop();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(FORMS)("works $name", async ({ format, bundles, isFirst }) => {
    const outfile = join(folder, `app.${format === "esm" ? "mjs" : "cjs"}`);
    const external =
      bundles === "gatewatch" ? ["@hono/node-server", "express", "express4", "fastify", "hono", "koa"] : [];
    const { warnings } = await build({
      stdin: { contents: writeApp(name, isFirst), resolveDir: join(root, "packages/gatewatch"), loader: "js" },
      bundle: bundles !== "nothing",
      platform: "node",
      format,
      outfile,
      logLevel: "silent",
      ...(bundles === "nothing" ? {} : { external }),
    });
    expect(warnings).toEqual([]);
    const app = await StartedApp.start([outfile], folder);
    apps.push(app);
    const answer = await app.ask("/items/7");
    expect([answer.status, answer.text]).toEqual([200, "fine"]);
    expect(answer.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    await app.stop();
    const requests = app.lines.filter(({ type }) => type === "request");
    expect(requests).toHaveLength(1);
    expect(requests[0]?.["route"] ?? undefined).toBe(APPS[name]!.route);
  });
});
