import { serve } from "@hono/node-server";
import { createShop } from "./shop.ts";

const server = serve(
  { fetch: createShop().fetch, port: Number(process.env.PORT ?? 0), hostname: "127.0.0.1" },
  ({ port }) => process.stdout.write(`shop listening on http://127.0.0.1:${port}\n`),
);

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => server.close());
