import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type * as expressAdapter from "./adapters/express.ts";
import type * as httpAdapter from "./adapters/http.ts";
import type * as main from "./index.ts";

/** A small app on the built package; its test starts it under another Node. Prints `{"version","port"}`, then its log. */
const [adapter, url = "", transport, spoolFolder = ""] = process.argv.slice(2);

async function load<T>(file: string): Promise<T> {
  return (await import(new URL(`../dist/${file}`, import.meta.url).href)) as T;
}

const { createGatewatch } = await load<typeof main>("index.mjs");
const instance = createGatewatch({
  url,
  token: "gatewatch_in_x",
  delivery: { transport: transport === "http" ? "http" : "stream", spoolFolder },
});
const tellState = async (): Promise<string> =>
  JSON.stringify({ flushed: await instance.flush(5_000), ...instance.stats().sinks["server"] });

async function serveExpress(): Promise<Server> {
  const { gatewatch } = await load<typeof expressAdapter>("express.mjs");
  const { default: createApp } = await import("express");
  const app = createApp();
  app.use(gatewatch(instance));
  app.get("/items/:id", (_request, response) => void response.send("fine"));
  app.get("/fail", () => {
    throw new Error("planted failure");
  });
  app.get("/flush", (_request, response, next) => void tellState().then((text) => response.send(text), next));
  return createServer(app);
}

async function serveHttp(): Promise<Server> {
  const { gatewatch } = await load<typeof httpAdapter>("http.mjs");
  const listener: RequestListener = async (request, response) => {
    if (request.url === "/fail") throw new Error("planted failure");
    response.end(request.url === "/flush" ? await tellState() : "fine");
  };
  const guarded = gatewatch(listener, instance);
  return createServer((request, response) => {
    void Promise.resolve(guarded(request, response)).catch(() => response.writeHead(500).end("sorry"));
  });
}

const server = await (adapter === "express" ? serveExpress() : serveHttp());
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ version: process.version, port })}\n`);
});
