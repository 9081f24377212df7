import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { testBodyContract } from "./contract/body-contract.ts";
import { type AdapterDriver, testExchangeContract } from "./contract/exchange-contract.ts";
import { testFatesContract } from "./contract/fates-contract.ts";
import { createController, createRoot, loadNest, type Nest, type NestApp } from "./contract/nest-driver.ts";
import { type NativeDriver, testNativeContract } from "./contract/native-contract.ts";
import { createProbe, type Probe } from "./contract/probe.ts";
import { stageExample } from "./contract/stage-example.ts";
import { guard } from "./nest.ts";

interface Reply extends ServerResponse {
  raw?: ServerResponse;
  hijack?(): void;
}
interface Host {
  switchToHttp(): { getResponse(): Reply };
}

/** A filter as apps write it, for everything; it answers with Node's own response. */
class AnswerFilter {
  readonly see: (error: unknown) => void;
  readonly text: string;
  constructor(see: (error: unknown) => void, text = "sorry") {
    this.see = see;
    this.text = text;
  }
  catch(error: unknown, host: Host): void {
    this.see(error);
    const reply = host.switchToHttp().getResponse();
    const response = reply.raw ?? reply;
    reply.hijack?.();
    if (response.headersSent) response.destroy();
    else response.writeHead(500).end(this.text);
  }
}

async function start(app: NestApp, nest: Nest): Promise<void> {
  await app.init();
  if (nest.platform === "fastify") await (app.getHttpAdapter().getInstance() as { ready(): Promise<void> }).ready();
}

/** The handlers of the contract read the request themselves. */
function leaveBodies(app: NestApp, nest: Nest): void {
  if (nest.platform !== "fastify") return;
  const instance = app.getHttpAdapter().getInstance() as {
    removeAllContentTypeParsers(): void;
    addContentTypeParser(type: string, parse: (q: unknown, p: unknown, done: (e: null) => void) => void): void;
  };
  instance.removeAllContentTypeParsers();
  instance.addContentTypeParser("*", (_request, _payload, done) => done(null));
}

function createDriver(name: string, nest: Nest): AdapterDriver {
  const path = nest.platform === "fastify" ? "*" : "{*path}";
  return {
    name,
    route: `/${path}`,
    async createServer(handle, core, handedOn) {
      const controller = createController(nest, {
        [`All ${path}`]: async (request, response, reply) => {
          await handle(request, response);
          reply.hijack?.();
        },
      });
      const app = await nest.createApp(createRoot(nest, [controller], core), { bodyParser: false });
      leaveBodies(app, nest);
      app.useGlobalFilters(new AnswerFilter(handedOn));
      await start(app, nest);
      return app.getHttpServer();
    },
  };
}

/** What a handler returns, Nest sends. */
function createNativeDriver(name: string, nest: Nest): NativeDriver {
  return {
    name,
    route: "/items/:id",
    errorStatus: 500,
    async createServer(give, core) {
      const controller = createController(nest, { "Get items/:id": async () => toNest(nest, await give()) }, {}, false);
      const app = await nest.createApp(createRoot(nest, [controller], core));
      await start(app, nest);
      return app.getHttpServer();
    },
  };
}

/** Nest makes JSON of bytes, and a stream of a file that is given as bytes: as a text they stay in one piece. */
function toNest({ common }: Nest, body: unknown): unknown {
  if (Buffer.isBuffer(body)) return body.toString();
  return body instanceof Readable ? Reflect.construct(common.StreamableFile, [body]) : body;
}

const fail = (message: string) => (): never => {
  throw new Error(message);
};
const answer =
  (text: string) => (_request: IncomingMessage, response: ServerResponse, reply: { hijack?(): unknown }) => {
    reply.hijack?.();
    response.end(text);
  };

function testNest(name: string, nest: Nest): void {
  const apps: NestApp[] = [];
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close();
  });

  async function listen(app: NestApp): Promise<(path: string) => Promise<{ status: number; text: string }>> {
    apps.push(app);
    await start(app, nest);
    const server = app.getHttpServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    return async (path) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      return { status: response.status, text: await response.text() };
    };
  }
  const messages = (probe: Probe) => probe.errors.map(({ error }) => (error as Error).message);

  describe(`${name}: gatewatch/nest`, () => {
    const { common } = nest;
    const ROUTES = ["/thrown", "/forbidden", "/guarded", "/own", "/nowhere"];

    function createRoutes(): ReturnType<typeof createController> {
      class OwnFilter extends AnswerFilter {}
      const failing = { canActivate: fail("in a guard") };
      return createController(
        nest,
        {
          "Get thrown": fail("thrown"),
          "Get forbidden": () => {
            throw Reflect.construct(common.ForbiddenException, ["closed"]);
          },
          "Get guarded": answer("never"),
          "Get own": fail("own filter"),
          "Get fine/:id": answer("fine"),
        },
        {
          "Get guarded": [common["UseGuards"]!(failing)],
          "Get own": [common["UseFilters"]!(new OwnFilter(() => undefined, "own"))],
        },
      );
    }

    it.each([
      ["Nest's own", undefined],
      ["a filter of the app's", (app: NestApp) => app.useGlobalFilters(new AnswerFilter(() => undefined, "app"))],
    ])("sees exceptions, and leaves the answers as they are: %s", async (_what, prepare) => {
      const probe = createProbe();
      const answers: unknown[] = [];
      for (const core of [undefined, probe.gatewatch]) {
        const app = await nest.createApp(createRoot(nest, [createRoutes()], core));
        prepare?.(app);
        const ask = await listen(app);
        const texts = [];
        for (const path of ROUTES) texts.push(await ask(path));
        answers.push(texts);
      }
      expect(answers[1]).toEqual(answers[0]);
      expect(messages(probe)).toEqual(["thrown", "closed", "in a guard", "own filter"]);
      const ended = await probe.waitForEnded(ROUTES.length);
      expect(ended.map(({ outcome }) => outcome.route)).toEqual([...ROUTES.slice(0, -1), null]);
    });

    it("sees exceptions of the app's own middleware, and records each request once", async () => {
      const probe = createProbe();
      const app = await nest.createApp(createRoot(nest, [createRoutes()], probe.gatewatch));
      app.use((request: IncomingMessage, _response: unknown, next: (error?: unknown) => void) => {
        next(request.url === "/fine/0" ? new Error("in middleware") : undefined);
      });
      const ask = await listen(app);
      expect((await ask("/fine/0")).status).toBe(500);
      expect((await ask("/fine/1")).text).toBe("fine");
      expect(messages(probe)).toEqual(["in middleware"]);
      const ended = await probe.waitForEnded(2);
      expect(ended.map(({ outcome }) => outcome.route).at(-1)).toBe("/fine/:id");
    });

    it("holds the app's answer until the error is delivered, in await mode", async () => {
      const order: string[] = [];
      const probe = createProbe({
        async holdForDelivery() {
          await new Promise((resolve) => setImmediate(resolve));
          order.push("delivered");
        },
      });
      const app = await nest.createApp(createRoot(nest, [createRoutes()], probe.gatewatch));
      app.useGlobalFilters(new AnswerFilter(() => order.push("app's filter")));
      const ask = await listen(app);
      await ask("/thrown");
      expect(order).toEqual(["delivered", "app's filter"]);
    });

    it.each([
      ["onUnhandled", "/thrown", false, 422],
      ["onUnhandled", "/guarded", false, 422],
      ["onUnhandled", "/thrown", true, 500],
      ["onUnhandled", "/forbidden", false, 403],
      ["onError", "/thrown", true, 422],
      ["onError", "/guarded", true, 422],
    ] as const)("lets a layer's %s answer %s; the app has a filter: %s", async (moment, path, hasFilter, status) => {
      const reply = { status: 422, headers: {}, body: "layer" };
      const probe = createProbe({ layers: [{ name: "answer", [moment]: () => reply }] });
      const app = await nest.createApp(createRoot(nest, [createRoutes()], probe.gatewatch));
      if (hasFilter) app.useGlobalFilters(new AnswerFilter(() => undefined));
      const ask = await listen(app);
      expect((await ask(path)).status).toBe(status);
      expect((await ask("/fine/1")).text).toBe("fine");
    });

    it("runs a route's own layers as a guard", async () => {
      const two = { rateLimit: { limit: 2, windowMs: 60_000 } };
      const controller = createController(
        nest,
        { "Get few": answer("few"), "Get free": answer("free") },
        { "Get few": [common["UseGuards"]!(guard(two))] },
      );
      const { createGatewatch } = await import("../create-gatewatch.ts");
      const core = createGatewatch({ accessLog: false }, { env: {}, dotenv: undefined, file: {} });
      const app = await nest.createApp(createRoot(nest, [controller], core));
      const seen: unknown[] = [];
      app.useGlobalFilters(new AnswerFilter((error) => seen.push(error)));
      const ask = await listen(app);
      const statuses = [];
      for (const path of ["/few", "/few", "/few", "/free"]) statuses.push((await ask(path)).status);
      expect(statuses).toEqual([200, 200, 429, 200]);
      expect(seen).toEqual([]);
      await core.close();
    });
  });
}

const MAJORS = [
  { major: "Nest 11", staged: stageExample("nest-11") },
  { major: "Nest 12", staged: stageExample("nest") },
];
const PLATFORMS = ["express", "fastify"] as const;

for (const { major, staged } of MAJORS) {
  const reason = "reason" in staged ? ` (cannot be had: ${staged.reason})` : "";
  it.skipIf("reason" in staged)(`${major} is there${reason}`, () => expect(staged).toHaveProperty("folder"));
}

const found = MAJORS.flatMap(({ major, staged }) => ("folder" in staged ? [{ major, folder: staged.folder }] : []));
for (const { major, folder } of found) {
  for (const platform of PLATFORMS) {
    const nest = await loadNest(folder, platform);
    const driver = createDriver(`${major} on ${platform}`, nest);
    testExchangeContract(driver);
    testFatesContract(driver);
    testBodyContract(driver);
    const native = createNativeDriver(driver.name, nest);
    testNativeContract(native);
    testNest(driver.name, nest);
  }
}
