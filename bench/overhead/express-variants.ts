import type { Express, RequestHandler } from "express";
import { createServer, type Server } from "node:http";
import type { GatewatchOptions } from "gatewatch";
import { CACHED, LAYERS_OFF, PAYLOAD, SINGLE_LAYERS, type SinkUrls, type Variant, WHOLE_GATE } from "./variant.ts";

const BASE = "express bare";

async function express(
  prepare: (app: Express) => void | Promise<void>,
  finish?: (app: Express) => void,
): Promise<Server> {
  const { default: createApp } = await import("express");
  const app = createApp();
  await prepare(app);
  app.get("/api/products/:id", (_req, res) => {
    res.json(PAYLOAD);
  });
  finish?.(app);
  return createServer(app);
}

function gated(name: string, optionsOf: (sinks: SinkUrls) => GatewatchOptions): Variant {
  const make: Variant["make"] = (sinks) =>
    express(async (app) => {
      const { gatewatch } = await import("gatewatch/express");
      app.use(gatewatch({ token: "gatewatch_in_bench", ...optionsOf(sinks) }));
    });
  return { name: `express + ${name}`, base: BASE, make };
}

/** By a name that the compiler does not follow: its types change the request of every module. */
async function importPinoHttp(): Promise<{ pinoHttp(options: object): RequestHandler }> {
  const name: string = "pino-http";
  return (await import(name)) as { pinoHttp(options: object): RequestHandler };
}

async function assemble(app: Express): Promise<void> {
  const [
    { default: helmet },
    { default: cors },
    { default: compression },
    { default: pino },
    { pinoHttp },
    { rateLimit },
    prom,
  ] = await Promise.all([
    import("helmet"),
    import("cors"),
    import("compression"),
    import("pino"),
    importPinoHttp(),
    import("express-rate-limit"),
    import("prom-client"),
  ]);
  const histogram = new prom.Histogram({
    name: "http_request_duration_seconds",
    help: "Duration",
    labelNames: ["method", "route", "status"],
  });
  app.use(pinoHttp({ logger: pino(pino.destination({ dest: "/dev/null", sync: false })) }));
  app.use((req, res, next) => {
    const end = histogram.startTimer();
    res.on("finish", () =>
      end({
        method: req.method,
        route: (req.route as { path: string } | undefined)?.path ?? "unmatched",
        status: res.statusCode,
      }),
    );
    next();
  });
  app.use(helmet());
  app.use(cors());
  app.use(rateLimit({ windowMs: 60_000, limit: 1e9, standardHeaders: "draft-8", legacyHeaders: false }));
  app.use(compression());
}

export const EXPRESS_VARIANTS: readonly Variant[] = [
  { name: BASE, base: BASE, make: () => express(() => undefined) },
  gated("whole gate", () => WHOLE_GATE),
  gated("whole gate, events delivered", ({ native }) => ({ ...WHOLE_GATE, enabled: true, url: native })),
  gated("gatewatch() as it comes, events delivered", ({ native }) => ({ url: native })),
  {
    name: "express + helmet, cors, compression, pino-http, express-rate-limit, prom-client",
    base: BASE,
    make: () => express(assemble),
  },
  {
    name: "express + @sentry/node",
    base: BASE,
    async make({ any }) {
      const sentry = await import("@sentry/node");
      const { host } = new URL(any);
      sentry.init({ dsn: `http://0123456789abcdef0123456789abcdef@${host}/1` });
      return express(
        () => undefined,
        (app) => sentry.setupExpressErrorHandler(app),
      );
    },
  },
  gated("gatewatch, layers off", () => ({ enabled: false, ...LAYERS_OFF })),
  gated("gatewatch, memory cache hit", () => ({ enabled: false, ...LAYERS_OFF, cache: CACHED })),
  {
    name: "express + gatewatch(app), memory cache hit",
    base: BASE,
    make: () =>
      express(async (app) => {
        const { gatewatch } = await import("gatewatch/express");
        gatewatch(app, { enabled: false, ...LAYERS_OFF, cache: CACHED });
      }),
  },
  ...Object.entries(SINGLE_LAYERS).map(([layer, options]) =>
    gated(`gatewatch, only ${layer}`, ({ native }) => ({ enabled: false, url: native, ...LAYERS_OFF, ...options })),
  ),
];
