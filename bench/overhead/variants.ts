import type { Express } from "express";
import { createServer, type RequestListener, type Server } from "node:http";

/** Where a variant's events go: servers of the benchmark's own that take everything. */
export interface SinkUrls {
  /** Speaks Gatewatch's native wire, the WebSocket included. */
  native: string;
  /** Answers every post with 200. */
  any: string;
}

type Variant = (sinks: SinkUrls) => Promise<Server>;

const PAYLOAD = { id: 42, name: "Walnut desk lamp", priceCents: 8900 };

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

const bareListener: RequestListener = (_req, res) => {
  res.setHeader("content-type", "application/json; charset=utf-8");
  res.end(JSON.stringify(PAYLOAD));
};

const allOff = { accessLog: false, requestId: false, timing: false, errorBoundary: false, record: false };

/** The apps that are compared; each is one process. */
export const VARIANTS: Record<string, Variant> = {
  "express bare": () => express(() => undefined),
  "express + gatewatch": ({ native }) =>
    express(async (app) => {
      const { gatewatch } = await import("gatewatch/express");
      app.use(gatewatch({ url: native, token: "gatewatch_in_bench" }));
    }),
  "express + gatewatch, layers off": ({ native }) =>
    express(async (app) => {
      const { gatewatch } = await import("gatewatch/express");
      app.use(gatewatch({ url: native, token: "gatewatch_in_bench", ...allOff }));
    }),
  "express + helmet, cors, compression, pino-http, express-rate-limit, prom-client": () =>
    express(async (app) => {
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
        import("pino-http"),
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
    }),
  "express + @sentry/node": async ({ any }) => {
    const sentry = await import("@sentry/node");
    const { host } = new URL(any);
    sentry.init({ dsn: `http://0123456789abcdef0123456789abcdef@${host}/1` });
    return express(
      () => undefined,
      (app) => sentry.setupExpressErrorHandler(app),
    );
  },
  "http bare": async () => createServer(bareListener),
  "http + gatewatch": async ({ native }) => {
    const { gatewatch } = await import("gatewatch/http");
    return createServer(gatewatch(bareListener, { url: native, token: "gatewatch_in_bench" }));
  },
};
