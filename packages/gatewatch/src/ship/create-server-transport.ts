import type { Transport } from "./batch.ts";
import { systemClock } from "./clock.ts";
import { preferStream } from "./prefer-stream.ts";
import { createHttpTransport } from "./send-over-http.ts";
import { createStreamTransport } from "./send-over-stream.ts";
import type { ShipperOptions } from "./shipper-options.ts";

/** The transports that the options ask for. Throws `TypeError` for an address that is not `http:` or `https:`. */
export function createServerTransport(options: ShipperOptions): Transport {
  const { token, clock = systemClock, timeoutMs = 5_000, maxInFlight = 4 } = options;
  const http = createHttpTransport({ url: appendPath(options.url, "v1/events"), token, clock, timeoutMs, maxInFlight });
  if (options.transport === "http") return http;
  return preferStream(
    createStreamTransport({
      url: appendPath(options.url, "v1/stream"),
      token,
      clock,
      timeoutMs,
      logger: options.logger,
    }),
    http,
    clock,
  );
}

function appendPath(base: string, path: string): URL {
  const url = new URL(base);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new TypeError(`The server's address must begin with http:// or https://, not ${url.protocol}`);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/${path}`;
  url.search = "";
  url.hash = "";
  return url;
}
