import { once } from "node:events";
import { createServer, request, type IncomingHttpHeaders, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { createProbe, type Probe } from "../../adapters/contract/probe.ts";
import { gatewatch } from "../../adapters/http.ts";
import type { Layer } from "../../gate/layer.ts";
import { CACHE_SPEC, type CacheOptions } from "../../options/groups/cache.ts";
import { COMPRESSION_SPEC } from "../../options/groups/compression.ts";
import { defaultsOf } from "../../options/option-kinds.ts";
import type { ResponseStore } from "../../state/response-store.ts";
import { createCompressionLayer } from "../compression/create-compression-layer.ts";
import { StorePurges } from "./cache-purges.ts";
import { createCacheLayer } from "./create-cache-layer.ts";
import { openResponseStore } from "./open-response-store.ts";

const closers: (() => unknown)[] = [];

/** Ends all servers that were started. */
export async function closeCachedApps(): Promise<void> {
  for (const close of closers.splice(0).toReversed()) await close();
}

export interface Answer {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  body: Buffer;
  text: string;
}

export type Listener = (...args: Parameters<RequestListener>) => unknown;

export interface App {
  /** Requests that reached the handler, as `GET /a`. */
  seen: string[];
  probe: Probe;
  layer: Layer;
  purges: StorePurges;
  port: number;
  ask(path: string, headers?: Record<string, string>, method?: string, body?: string): Promise<Answer>;
  /** Lets the clock of the cache go on. */
  advance(seconds: number): void;
}

export interface Setting extends Partial<CacheOptions> {
  isCompressed?: boolean;
  /** Put around the store. */
  wrapStore?: (store: ResponseStore) => ResponseStore;
}

export async function listen(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

export function send(
  port: number,
  path: string,
  headers: Record<string, string>,
  method: string,
  body?: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: "127.0.0.1", port, path, headers: { host: "shop.test", ...headers }, method },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("error", reject);
        answer.on("end", () => {
          const whole = Buffer.concat(chunks);
          resolve({ status: answer.statusCode, headers: answer.headers, body: whole, text: whole.toString() });
        });
      },
    );
    asked.on("error", reject);
    if (body !== undefined) asked.setHeader("Content-Length", Buffer.byteLength(body));
    asked.end(body);
  });
}

export function createCore({
  isCompressed = false,
  wrapStore = (store) => store,
  ...changes
}: Setting): Omit<App, "seen" | "port" | "ask"> {
  let nowMs = Date.now();
  const clock = { now: () => nowMs, monotonicMs: () => performance.now() };
  const options: CacheOptions = { ...defaultsOf(CACHE_SPEC), enabled: true, ...changes };
  const purges = new StorePurges();
  const layer = createCacheLayer(options, {
    store: wrapStore(openResponseStore(options, clock, undefined)),
    clock,
    ownNames: ["X-Request-ID"],
    isCompressed,
    purges,
  });
  const compression = createCompressionLayer({ ...defaultsOf(COMPRESSION_SPEC), enabled: true, thresholdBytes: 10 });
  const told: Layer = { name: "told", onFinish: (x, outcome) => probe.tellEnded(x, outcome) };
  const layers = isCompressed ? [layer, compression] : [layer, told];
  const probe: Probe = createProbe({ layers, trustProxy: ["192.0.2.1"] });
  return { probe, layer, purges, advance: (seconds) => void (nowMs += seconds * 1000) };
}

export async function serve(handler: Listener, setting: Setting = {}): Promise<App> {
  const core = createCore(setting);
  const seen: string[] = [];
  const port = await listen(
    gatewatch((asked, answer) => {
      seen.push(`${asked.method} ${asked.url}`);
      void handler(asked, answer);
    }, core.probe.gatewatch),
  );
  return {
    ...core,
    seen,
    port,
    ask: (path, headers = {}, method = "GET", body) => send(port, path, headers, method, body),
  };
}

/** Answers with its own count and whatever the test sets. */
export function counting(
  headers: Record<string, string | string[]> = { "Cache-Control": "max-age=60" },
  status = 200,
): Listener {
  let count = 0;
  return (_asked, answer) => {
    count++;
    for (const [name, value] of Object.entries(headers)) answer.setHeader(name, value);
    answer.statusCode = status;
    answer.end(`answer ${count}`);
  };
}

/** Answers 304 to whoever has the current version; the version is the test's to change. */
export function versioned(headers: Record<string, string>): {
  listener: Listener;
  state: { version: string; asked: string[] };
} {
  const state = { version: "v1", asked: [] as string[] };
  const listener: Listener = (asked, answer) => {
    state.asked.push(String(asked.headers["if-none-match"]));
    for (const [name, value] of Object.entries(headers)) answer.setHeader(name, value);
    answer.setHeader("ETag", `"${state.version}"`);
    if (asked.headers["if-none-match"] === `"${state.version}"`) {
      answer.setHeader("X-Fresh", "yes");
      answer.writeHead(304).end();
    } else answer.end(`body of ${state.version}`);
  };
  return { listener, state };
}
