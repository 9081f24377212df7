import type { Plugin } from "vite";
import { createMockApi } from "./mock-api.ts";

/** `vite dev` with made-up data: the page asks its own origin, as it does in production. */
export function serveMock(): Plugin {
  return {
    name: "gatewatch-mock",
    configureServer(server) {
      const mock = createMockApi();
      server.middlewares.use((request, response, next) => {
        if (!mock.handle(request, response)) next();
      });
      server.httpServer?.on("close", () => mock.close());
    },
  };
}
