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

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    server.close();
    server.closeIdleConnections();
  });
}
