import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Redis } from "ioredis";
import { gatewatch } from "../../adapters/http.ts";
import { createGatewatch } from "../../create-gatewatch.ts";

/** One of several processes of an app with a cache in Redis; its test starts it by `fork`, and hears of every run of the handler. */
const [url = "", prefix = "", delayMs = "0"] = process.argv.slice(2);
const redis = new Redis(url);
const say = (): void => undefined;
const core = createGatewatch(
  {
    redis,
    logger: { info: say, warn: say, error: say },
    record: false,
    accessLog: false,
    process: { flushOnExit: false },
    cache: { enabled: true, store: "redis", redisPrefix: prefix, waitMs: 20_000, redisTimeoutMs: 5000 },
  },
  { env: {}, dotenv: undefined, file: {} },
);
const server = createServer(
  gatewatch((request, response) => {
    process.send?.({ ran: request.url, pid: process.pid });
    setTimeout(() => {
      response.setHeader("Cache-Control", request.url === "/private" ? "private" : "max-age=60");
      response.end(`by ${process.pid}`);
    }, Number(delayMs));
  }, core),
);
redis.once("ready", () => {
  server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
});
