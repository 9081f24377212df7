import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { answerFrom } from "./answer-from.ts";
import { shop } from "./shop.ts";

// Node has no server for fetch handlers; Bun, Deno and workers take `shop` as it is.
const server = createServer((incoming, outgoing) => void answerFrom(shop.fetch, incoming, outgoing));
server.listen(Number(process.env.PORT ?? 0), "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`shop listening on http://127.0.0.1:${port}\n`);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => server.close());
