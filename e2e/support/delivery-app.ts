import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createGatewatch } from "gatewatch";
import { gatewatch } from "gatewatch/http";

// A small app on bare node:http, configured by environment alone.
const STORM = 10_000;
const core = createGatewatch({ skip: ["/stats"] });

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, name, number] = request.url!.split("/");
  request.gatewatch.route = `/${name}/:number`;
  if (name === "fail") throw new RangeError(`Item ${number} is out of stock`);
  if (name === "storm") for (let count = 0; count < STORM; count++) request.gatewatch.captureError(new Error("storm"));
  response.end(name === "stats" ? JSON.stringify(core.stats().sinks) : "ok");
}

const watched = gatewatch(handle as (request: IncomingMessage, response: ServerResponse) => void, core);
const server = createServer((request, response) => {
  const handled: unknown = watched.call(server, request, response);
  Promise.resolve(handled).catch(() => response.writeHead(500).end("failed"));
}).listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`app listening on http://127.0.0.1:${port}\n`);
});
