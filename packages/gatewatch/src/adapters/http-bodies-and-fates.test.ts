import { createServer, type Server } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { testBodyContract } from "./contract/body-contract.ts";
import type { AdapterDriver } from "./contract/exchange-contract.ts";
import { testFatesContract } from "./contract/fates-contract.ts";
import type { NodeHandler } from "./contract/scenarios.ts";
import { gatewatch } from "./http.ts";

/** `node:http` has no error handler of the app's: this one stands around the guarded listener. */
const answering = (listener: NodeHandler, handedOn: (error: unknown) => void): NodeHandler =>
  async function answer(this: unknown, request, response) {
    try {
      await listener.call(this, request, response);
    } catch (error) {
      handedOn(error);
      if (!response.headersSent) response.writeHead(500).end("sorry");
      else if ("stream" in response) (response.stream as { close(code: number): void }).close(2);
      else response.destroy();
    }
  };

const HTTP1: AdapterDriver = {
  name: "node:http",
  route: null,
  createServer: (handle, core, handedOn) =>
    createServer(answering(core === undefined ? handle : (gatewatch(handle, core) as NodeHandler), handedOn)),
};

const HTTP2: AdapterDriver = {
  name: "node:http2",
  protocol: "http2",
  route: null,
  createServer(handle: NodeHandler, core, handedOn) {
    const listener = core === undefined ? handle : (gatewatch(handle, core) as NodeHandler);
    const answered = answering(listener, handedOn) as unknown as Parameters<typeof createHttp2Server>[1] & object;
    return createHttp2Server(answered) as unknown as Server;
  },
};

for (const driver of [HTTP1, HTTP2]) {
  testBodyContract(driver);
  testFatesContract(driver);
}
