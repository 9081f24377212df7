import { createServer } from "node:http";
import { testExchangeContract } from "./contract/exchange-contract.ts";
import { gatewatch } from "./http.ts";

testExchangeContract({
  name: "node:http",
  createServer(handle, core, handedOn) {
    const listener = core === undefined ? handle : gatewatch(handle, core);
    const server = createServer((request, response) => {
      const answer = (error: unknown): void => {
        handedOn(error);
        if (response.headersSent) response.destroy();
        else response.writeHead(500).end("sorry");
      };
      try {
        const result: unknown = listener.call(server, request, response);
        if (result instanceof Promise) result.catch(answer);
      } catch (error) {
        answer(error);
      }
    });
    return server;
  },
});
