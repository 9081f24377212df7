import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { createGatewatch } from "gatewatch";

// Asks about payments, in process and by the server; configured by environment alone.
type Payments = Parameters<typeof core.detect>[1];
const core = createGatewatch();

async function answer(path: string | undefined, payments: unknown): Promise<unknown> {
  if (path === "/detect") return core.detect("payments", payments as Payments);
  if (path === "/detect-remotely") return core.detectRemotely("payments", payments as Record<string, unknown>, 10_000);
  if (path === "/close") await core.close();
  return core.stats().layers["anomaly"];
}

const server = createServer((request, response) => {
  void json(request)
    .then((body) => answer(request.url, body))
    .then((found) => response.end(JSON.stringify(found)));
}).listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`app listening on http://127.0.0.1:${port}\n`);
});
