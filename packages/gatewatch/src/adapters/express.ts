import type { Application, NextFunction, Request, RequestHandler, Response } from "express";
import { enterExchange } from "../gate/node/enter-exchange.ts";
import { RouteLayers } from "../gate/route-layers.ts";
import { guardRequest } from "../gate/node/guard-request.ts";
import type { RequestHandle } from "../gate/request-handle.ts";
import { resolveRouteOptions, type RouteOptions } from "../options/resolve-route-options.ts";
import type { Gatewatch, GatewatchOptions } from "../create-gatewatch.ts";
import { createFollower, type Follow } from "./express/create-follower.ts";
import { EXPRESS_VIEW } from "./express/express-view.ts";
import { beginsWith } from "./express/watch-app.ts";
import { openExchangeOnce } from "./node/open-exchange-once.ts";
import { resolveGatewatch } from "./resolve-gatewatch.ts";

declare global {
  // oxlint-disable-next-line typescript/no-namespace -- Express offers its request type for extension here only
  namespace Express {
    interface Request {
      /** Facts that travel with this request's events. */
      gatewatch: RequestHandle;
    }
  }
}

type Handle = (this: Application, request: Request, response: Response, next?: NextFunction) => unknown;

/**
 * Guards and watches an Express app by one line: `app.use(gatewatch())` before everything else, or `gatewatch(app)`.
 * Errors that the app's own error handlers answer are seen; who answers, and what, stays as it was.
 * @param options settings, or a Gatewatch made by `createGatewatch` that serves several apps.
 * @throws ConfigError for a mistake in the options.
 */
export function gatewatch(options?: GatewatchOptions | Gatewatch): RequestHandler;
export function gatewatch<A extends Application>(app: A, options?: GatewatchOptions | Gatewatch): A;
export function gatewatch(
  target: Application | GatewatchOptions | Gatewatch = {},
  options: GatewatchOptions | Gatewatch = {},
): RequestHandler | Application {
  return isApp(target) ? wrapApp(target, resolveGatewatch(options)) : createMiddleware(resolveGatewatch(target));
}

/**
 * Further layers on some routes, behind `gatewatch()`: `app.post("/pay", guard({ rateLimit: { limit: 5 } }), pay)`. They run where they
 * stand: the user and the body are known to them when what finds these stands before.
 * @throws ConfigError for a mistake in the options.
 */
export function guard(options: RouteOptions): RequestHandler {
  const layers = new RouteLayers(resolveRouteOptions(options));
  return function gatewatchGuard(request, response, next) {
    return guardRequest(layers, request, response, next as () => void);
  };
}

function isApp(target: object): target is Application {
  return typeof target === "function" && "handle" in target && "set" in target;
}

function createMiddleware(core: Gatewatch): RequestHandler {
  const follow = createFollower(core);
  return function gatewatchMiddleware(request, response, next) {
    const x = openExchangeOnce(core, request, response, EXPRESS_VIEW);
    const { app } = request;
    const mustReturn = follow(app, request, gatewatchMiddleware);
    if (x === undefined) next();
    else if (mustReturn) {
      const handle = readHandle(app);
      putBefore(app, core, handle, follow, gatewatchMiddleware);
      enterExchange(x, response, callHandle, handle, app, request, response);
    } else enterExchange(x, response, next as () => void);
  };
}

/** Express calls `app.handle` for each request; it is replaced on this one app. */
function wrapApp<A extends Application>(app: A, core: Gatewatch): A {
  putBefore(app, core, readHandle(app), createFollower(core), undefined);
  return app;
}

/**
 * Lets the gate answer before Express makes the request its own, which costs more than many an answer.
 * @param middleware stands for the gate in the app's router: when it is not the first there, it keeps its place. Undefined when nothing does.
 */
function putBefore(app: Application, core: Gatewatch, handle: Handle, follow: Follow, middleware: unknown): void {
  const gatedHandle: Handle = function gatewatchHandle(request, response, next) {
    if (middleware !== undefined && !beginsWith(app, middleware)) return handle.call(this, request, response, next);
    const x = openExchangeOnce(core, request, response, EXPRESS_VIEW);
    follow(this, request, undefined);
    if (x === undefined) return handle.call(this, request, response, next);
    x.isOutermost = next === undefined;
    return enterExchange(x, response, callHandle, handle, this, request, response, next);
  };
  Reflect.set(app, "handle", gatedHandle);
}

function readHandle(app: Application): Handle {
  return Reflect.get(app, "handle") as Handle;
}

function callHandle(
  handle: Handle,
  app: Application,
  request: Request,
  response: Response,
  next?: NextFunction,
): unknown {
  return handle.call(app, request, response, next);
}
