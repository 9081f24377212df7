import type { FrameworkView } from "../../gate/node/node-exchange.ts";

/** Bare `node:http` knows neither routes nor users nor parsed bodies, but apps often leave the latter two on the request. */
export const HTTP_VIEW: FrameworkView = {
  route: () => null,
  user: (request) => ("user" in request ? request.user : undefined),
  body: (request) => ("body" in request ? request.body : undefined),
};
