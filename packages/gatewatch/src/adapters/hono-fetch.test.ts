import { Hono } from "hono";
import { serveFetch } from "./contract/fetch-bridge.ts";
import { testFetchContract } from "./contract/fetch-contract.ts";
import { gatewatch } from "./hono.ts";

testFetchContract({
  name: "gatewatch/hono around an app that has its routes, on a server of nothing but the standard",
  tellsPeer: false,
  createServer(handle, instance, handedOn) {
    const app = new Hono();
    app.all("/*", (context) => handle(context.req.raw));
    app.onError((error, context) => {
      handedOn(error);
      return context.text("app: 500", 500);
    });
    if (instance !== undefined) gatewatch(app, instance);
    return serveFetch((request) => app.fetch(request), handedOn);
  },
});
