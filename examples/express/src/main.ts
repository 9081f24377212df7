import { createServer, type AddressInfo } from "node:net";
import { createShop } from "./shop.ts";

/** The planted upstream failure: an address where something listened a moment ago, and nothing does now. */
function findDeadAddress(): Promise<string> {
  return new Promise((done) => {
    const placeholder = createServer().listen(0, "127.0.0.1", () => {
      const { port } = placeholder.address() as AddressInfo;
      placeholder.close(() => done(`http://127.0.0.1:${port}`));
    });
  });
}

const shop = createShop(process.env.PAYMENT_URL ?? (await findDeadAddress()));
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
