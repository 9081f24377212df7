import { createServer, type RequestListener, type Server } from "node:http";
import type { FastifyInstance } from "fastify";
import { CACHED, LAYERS_OFF, PAYLOAD, type Variant, WHOLE_GATE } from "./variant.ts";

async function fastify(prepare: (app: FastifyInstance) => unknown): Promise<Server> {
  const { default: createApp } = await import("fastify");
  const app = createApp();
  await prepare(app);
  app.get("/api/products/:id", async () => PAYLOAD);
  await app.ready();
  return app.server;
}

async function assembleFastify(): Promise<Server> {
  const [{ default: createApp }, helmet, cors, compress, rateLimit, prom, { default: pino }] = await Promise.all([
    import("fastify"),
    import("@fastify/helmet"),
    import("@fastify/cors"),
    import("@fastify/compress"),
    import("@fastify/rate-limit"),
    import("prom-client"),
    import("pino"),
  ]);
  const histogram = new prom.Histogram({
    name: "http_request_duration_seconds",
    help: "Duration",
    labelNames: ["method", "route", "status"],
  });
  const app = createApp({ loggerInstance: pino(pino.destination({ dest: "/dev/null", sync: false })) });
  await app.register(helmet.default);
  await app.register(cors.default);
  await app.register(rateLimit.default, { max: 1e9, timeWindow: 60_000 });
  await app.register(compress.default);
  app.addHook("onResponse", (request, reply, done) => {
    const route = request.routeOptions.url ?? "unmatched";
    histogram.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
    done();
  });
  app.get("/api/products/:id", async () => PAYLOAD);
  await app.ready();
  return app.server;
}

async function koa(isGated: boolean): Promise<Server> {
  const { default: Koa } = await import("koa");
  const app = new Koa();
  if (isGated) {
    const { gatewatch } = await import("gatewatch/koa");
    app.use(gatewatch(WHOLE_GATE));
  }
  app.use((context) => {
    context.body = PAYLOAD;
  });
  return createServer(app.callback());
}

async function hono(isGated: boolean): Promise<Server> {
  const [{ Hono }, { createAdaptorServer }] = await Promise.all([import("hono"), import("@hono/node-server")]);
  const app = new Hono();
  if (isGated) {
    const { gatewatch } = await import("gatewatch/hono");
    app.use(gatewatch(WHOLE_GATE));
  }
  app.get("/api/products/:id", (context) => context.json(PAYLOAD));
  return createAdaptorServer({ fetch: app.fetch }) as Server;
}

const bareListener: RequestListener = (_req, res) => {
  res.setHeader("content-type", "application/json; charset=utf-8");
  res.end(JSON.stringify(PAYLOAD));
};

/** Answered from memory, by a gate that does nothing else. */
const HIT = { enabled: false, ...LAYERS_OFF, cache: CACHED };

export const OTHER_VARIANTS: readonly Variant[] = [
  { name: "fastify bare", base: "fastify bare", make: () => fastify(() => undefined) },
  {
    name: "fastify + whole gate",
    base: "fastify bare",
    make: () =>
      fastify(async (app) => {
        const { gatewatch } = await import("gatewatch/fastify");
        await app.register(gatewatch, WHOLE_GATE);
      }),
  },
  {
    name: "fastify + gatewatch, memory cache hit",
    base: "fastify bare",
    make: () =>
      fastify(async (app) => {
        const { gatewatch } = await import("gatewatch/fastify");
        await app.register(gatewatch, HIT);
      }),
  },
  { name: "fastify + its own plugins and prom-client", base: "fastify bare", make: assembleFastify },
  { name: "http bare", base: "http bare", make: async () => createServer(bareListener) },
  {
    name: "http + whole gate",
    base: "http bare",
    async make() {
      const { gatewatch } = await import("gatewatch/http");
      return createServer(gatewatch(bareListener, WHOLE_GATE));
    },
  },
  {
    name: "http + gatewatch, memory cache hit",
    base: "http bare",
    async make() {
      const { gatewatch } = await import("gatewatch/http");
      return createServer(gatewatch(bareListener, HIT));
    },
  },
  { name: "koa bare", base: "koa bare", make: () => koa(false) },
  { name: "koa + whole gate", base: "koa bare", make: () => koa(true) },
  { name: "hono bare", base: "hono bare", make: () => hono(false) },
  { name: "hono + whole gate", base: "hono bare", make: () => hono(true) },
];
