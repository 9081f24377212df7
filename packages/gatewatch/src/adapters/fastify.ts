import type { FastifyInstance, FastifyPluginCallback, FastifyRequest, preHandlerHookHandler } from "fastify";
import { exchangeOf } from "../gate/context.ts";
import { RouteLayers } from "../gate/route-layers.ts";
import { enterExchange } from "../gate/node/enter-exchange.ts";
import { guardRequest } from "../gate/node/guard-request.ts";
import { NodeExchange } from "../gate/node/node-exchange.ts";
import type { RequestHandle } from "../gate/request-handle.ts";
import { resolveRouteOptions, type RouteOptions } from "../options/resolve-route-options.ts";
import type { Gatewatch, GatewatchOptions } from "../create-gatewatch.ts";
import { FASTIFY_VIEW, bindRequest } from "./fastify/fastify-view.ts";
import { observeError } from "./fastify/observe-error.ts";
import { handleOf, openExchangeOnce } from "./node/open-exchange-once.ts";
import { attachServerOnce } from "./node/wrap-listener.ts";
import { resolveGatewatch } from "./resolve-gatewatch.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Facts that travel with this request's events. */
    gatewatch: RequestHandle;
  }
}

/** An app with whatever server, logger and type provider. */
// oxlint-disable-next-line typescript/no-explicit-any -- Fastify's own type parameters are bounded by unexported types
type AnyApp = FastifyInstance<any, any, any, any, any>;
type Settings = GatewatchOptions | Gatewatch;
type Done = () => void;

/** `app.register(gatewatch, options)`, or `gatewatch(app, options)`. */
export interface FastifyGatewatch extends FastifyPluginCallback<Settings> {
  <A extends AnyApp>(app: A, options?: Settings): A;
}

/**
 * Guards and watches a Fastify app by one line: `app.register(gatewatch)`, or `gatewatch(app)`. It holds for all routes of the instance
 * that it is called on, those of its plugins included. Errors are seen before the app's error handler gets them; who answers, and what,
 * stays as it was.
 * @param options settings, or a Gatewatch made by `createGatewatch` that serves several apps.
 * @throws ConfigError for a mistake in the options.
 */
export const gatewatch: FastifyGatewatch = Object.assign(
  // Three named parameters: Fastify counts them to know that `done` will be called.
  function gatewatch(app: AnyApp, options: Settings | undefined, done: Done | undefined): AnyApp | undefined {
    guardApp(app, resolveGatewatch(options ?? {}));
    if (done === undefined) return app;
    done();
    return undefined;
  } as FastifyGatewatch,
  {
    // What `fastify-plugin` would set: the hooks belong to the instance itself, not to a scope of the plugin's own.
    [Symbol.for("skip-override")]: true,
    [Symbol.for("fastify.display-name")]: "gatewatch",
    [Symbol.for("plugin-meta")]: { name: "gatewatch", fastify: "5.x" },
  },
);

/**
 * Further layers on some routes, behind `gatewatch()`: `app.post("/pay", { preHandler: guard({ rateLimit: { limit: 5 } }) }, pay)`.
 * As any hook of a route, at the moment that it is given for.
 * @throws ConfigError for a mistake in the options.
 */
export function guard(options: RouteOptions): preHandlerHookHandler {
  const layers = new RouteLayers(resolveRouteOptions(options));
  return function gatewatchGuard(request, reply, done) {
    void guardRequest(layers, request.raw, reply.raw, done as Done);
  };
}

function guardApp(app: AnyApp, core: Gatewatch): void {
  if (isRoot(app)) attachServerOnce(core, app.server, FASTIFY_VIEW);
  if (!app.hasRequestDecorator("gatewatch")) {
    app.decorateRequest("gatewatch", { getter: readHandle });
  }
  app.addHook("onRequest", (request, reply, done) => {
    const { raw } = request;
    // Most have come through the server; the others are injected, or came to a second address.
    const x = openExchangeOnce(core, raw, reply.raw, FASTIFY_VIEW);
    bindRequest(raw, request, exchangeOf(raw));
    if (x === undefined) done();
    else enterExchange(x, reply.raw, done as Done);
  });
  app.addHook("onError", (request, reply, error, done) => {
    const x = exchangeOf(request.raw);
    if (x instanceof NodeExchange) observeError(core, x, request, reply, error, done);
    else done();
  });
}

/** A scope inherits from the instance that it is in. */
function isRoot(app: AnyApp): boolean {
  return !("server" in Object.getPrototypeOf(app));
}

function readHandle(this: FastifyRequest): RequestHandle {
  return handleOf(this.raw);
}
