import { createServer, type Server } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { testBodyContract } from "./contract/body-contract.ts";
import type { NodeHandler } from "./contract/scenarios.ts";
import { gatewatch } from "./http.ts";

testBodyContract({
  name: "node:http",
  createServer: (handle, core) => createServer(core === undefined ? handle : gatewatch(handle, core)),
});

testBodyContract({
  name: "node:http2",
  protocol: "http2",
  createServer(handle: NodeHandler, core) {
    const listener = handle as unknown as Parameters<typeof createHttp2Server>[1] & object;
    return createHttp2Server(core === undefined ? listener : gatewatch(listener, core)) as unknown as Server;
  },
});
