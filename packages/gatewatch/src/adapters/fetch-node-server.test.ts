import { createAdaptorServer } from "@hono/node-server";
import type { Server } from "node:http";
import { testFetchContract } from "./contract/fetch-contract.ts";
import { keepGlobals } from "./contract/keep-globals.ts";
import { gatewatch } from "./fetch.ts";

keepGlobals();
testFetchContract({
  name: "gatewatch/fetch on @hono/node-server",
  tellsPeer: true,
  createServer(handle, instance, handedOn) {
    const guarded = instance === undefined ? handle : gatewatch(handle, instance);
    const fetch = async (request: Request, env: unknown): Promise<Response> => {
      try {
        return await (guarded as (request: Request, env: unknown) => Response | Promise<Response>)(request, env);
      } catch (error) {
        handedOn(error);
        return new Response("server: 500", { status: 500 });
      }
    };
    return createAdaptorServer({ fetch }) as Server;
  },
});
