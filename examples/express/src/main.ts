import type { AddressInfo } from "node:net";
import { createShop } from "./shop.ts";

// Port 9 (discard) has no listener: the planted upstream failure.
const shop = createShop(process.env.PAYMENT_URL ?? "http://127.0.0.1:9");
const server = shop.listen(Number(process.env.PORT ?? 0), "127.0.0.1", (error) => {
  if (error !== undefined) {
    process.stderr.write(`shop: ${error.message}\n`);
    process.exit(2);
  }
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`shop listening on http://127.0.0.1:${port}\n`);
});

function stop(): void {
  server.close();
  server.closeIdleConnections();
  // A channel that is listened to would keep the process alive.
  if (process.connected) process.disconnect();
}
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);
// Started by another process with a channel to it: end with it.
process.once("disconnect", stop);
