import { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import { exchangeOf } from "../../gate/context.ts";
import type { EarlyReply } from "../../gate/exchange.ts";
import { NodeExchange } from "../../gate/node/node-exchange.ts";
import { trySendReply } from "../../gate/node/send-reply.ts";
import { serverOf } from "../node/server-of.ts";
import type { ErrorFate } from "../node/tell-error.ts";
import { isExpress4, watchRejections } from "./express-4.ts";
import { joinMount } from "./join-mount.ts";

/** The parts of Express that are looked at: the same in routers, sub-routers and routes. */
type Handler = (...args: unknown[]) => unknown;
interface StackEntry {
  handle: Handler & Partial<Router>;
  route?: Route | undefined;
  handleError?: ErrorCall;
  handleRequest?: RequestCall;
  /** It is there for every path. */
  slash?: boolean;
  regexp?: { fast_slash?: boolean };
  /** Express 4 has these names for the same. */
  handle_error?: ErrorCall;
  handle_request?: RequestCall;
}
interface Router {
  stack: StackEntry[];
  handle(...args: unknown[]): unknown;
}
interface Route {
  path: unknown;
  stack: StackEntry[];
  dispatch(...args: unknown[]): unknown;
}
export interface RoutedRequest extends IncomingMessage {
  baseUrl?: string;
  params?: Readonly<Record<string, unknown>>;
  route?: { path?: unknown };
}
type Next = (...args: unknown[]) => unknown;
type RequestCall = (request: RoutedRequest, response: unknown, next: Next) => unknown;
type ErrorCall = (error: unknown, request: RoutedRequest, response: unknown, next: Next) => unknown;

/** Told about each error on its way to a handler. */
export type ErrorObserver = (x: NodeExchange, error: unknown) => ErrorFate;

/** What parses the query, and what ties request and response together: both may run twice. */
const OWN_ENTRIES_OF_EXPRESS_4 = 2;
/** Marks a request whose way out of the app's router is watched. */
const COVERED = Symbol("gatewatch.covered");
interface CoveredRequest {
  [COVERED]?: boolean;
}

/**
 * Watches the routers of one app: which route runs, and which errors reach an error handler or nobody. Only objects of this app are
 * touched, never Express itself, and no stack gets longer: Express is left to find its way as it would without us. Entries added later
 * are found when the stack has changed.
 */
export class AppWatch {
  readonly #observe: ErrorObserver;
  readonly #seenLengths = new WeakMap<object, number>();
  readonly #seenEntries = new WeakSet<object>();
  readonly #watchedEntries = new WeakSet<object>();
  readonly #app: object;
  #router: Router | undefined;
  #hasUncovered = false;

  constructor(app: object, observe: ErrorObserver) {
    this.#app = app;
    this.#observe = observe;
  }

  /**
   * To be called for every request: two comparisons when nothing has changed.
   * @param inside the middleware that is at work in the app's router on this request; undefined outside of it.
   * @returns true for a request that came into the router before its way out was watched, and should come in again.
   */
  follow(request: RoutedRequest, inside: unknown): boolean {
    if (this.#router === undefined) {
      // Express 4 makes its router with the first entry, and throws at the newer name.
      this.#router = Reflect.get(this.#app, isExpress4(this.#app) ? "_router" : "router") as Router | undefined;
      if (this.#router === undefined) return false;
      if (isExpress4(this.#app)) watchRejections();
      this.#watchWayOut(this.#router);
    }
    const { stack } = this.#router;
    this.#adoptChanges(stack);
    if (inside === undefined || this.#hasUncovered || isCovered(request)) return false;
    // Nothing has run yet: it can begin anew.
    const first = isExpress4(this.#app) ? OWN_ENTRIES_OF_EXPRESS_4 : 0;
    if (stack[first]?.handle === inside && request.baseUrl === "" && servesAlone(this.#app, request)) return true;
    this.#hasUncovered = true;
    this.#watchUncovered(stack);
    return false;
  }

  /** What nobody handled leaves the app's router through the function it was called with. */
  #watchWayOut(router: Router): void {
    const { handle } = router;
    router.handle = (request: unknown, response: unknown, done: unknown) => {
      if (typeof done !== "function") return handle.call(router, request, response, done);
      (request as CoveredRequest)[COVERED] = true;
      return handle.call(router, request, response, this.#observeNext(request as RoutedRequest, done as Next, true));
    };
  }

  /** A request that was in the router before its way out was watched, the first one: its errors are seen where they arise. */
  #watchUncovered(stack: StackEntry[]): void {
    for (const entry of stack) {
      const key = requestKeyOf(entry);
      const original = entry[key];
      if (original === undefined || this.#watchedEntries.has(entry)) continue;
      this.#watchedEntries.add(entry);
      entry[key] = (request, response, next) =>
        original.call(entry, request, response, isCovered(request) ? next : this.#observeNext(request, next));
    }
  }

  #observeNext(request: RoutedRequest, next: Next, isWayOut = false): Next {
    return (...args) => {
      const [error] = args;
      if (!error || error === "route" || error === "router") return next(...args);
      const proceed = (): unknown => (isWayOut && this.#tryAnswerUnhandled(error, request) ? undefined : next(...args));
      return this.#observeError(error, request, proceed, next);
    };
  }

  /** An error that leaves the app's router would get Express's own answer, unless the app serves inside of another one. */
  #tryAnswerUnhandled(error: unknown, request: RoutedRequest): boolean {
    const x = findExchange(request);
    if (x?.rawResponse === undefined || !(x.isOutermost || servesAlone(this.#app, request))) return false;
    const reply = x.gate.runUnhandled(x, error);
    return reply !== undefined && trySendReply(x, x.rawResponse, reply);
  }

  #adopt(stack: StackEntry[]): void {
    this.#seenLengths.set(stack, stack.length);
    if (this.#hasUncovered && stack === this.#router?.stack) this.#watchUncovered(stack);
    for (const entry of stack) {
      if (this.#seenEntries.has(entry)) continue;
      this.#seenEntries.add(entry);
      if (entry.route !== undefined && entry.route !== null) this.#watchRoute(entry.route, entry);
      else if (Array.isArray(entry.handle.stack)) this.#watchRouter(entry.handle as Handler & Router);
      if (entry.handle.length === 4) this.#watchErrorHandler(entry);
    }
  }

  #adoptChanges(stack: StackEntry[]): void {
    if (this.#seenLengths.get(stack) !== stack.length) this.#adopt(stack);
  }

  #watchRouter(router: Router): void {
    if (this.#seenLengths.has(router.stack)) return;
    this.#adopt(router.stack);
    const { handle } = router;
    router.handle = (...args: unknown[]) => {
      this.#adoptChanges(router.stack);
      const request = args[0] as RoutedRequest;
      const x = findExchange(request);
      if (x !== undefined) x.mount = joinMount(x.mount, request.baseUrl ?? "", request.params ?? {});
      return handle.apply(router, args);
    };
  }

  #watchRoute(route: Route, entry: StackEntry): void {
    this.#adopt(route.stack);
    const { dispatch } = route;
    route.dispatch = (...args: unknown[]) => {
      this.#noteRoute(route, args[0] as RoutedRequest);
      return dispatch.apply(route, args);
    };
    // Express 4 has bound the route's own function by now.
    const call = entry.handle_request;
    if (call === undefined) return;
    entry.handle_request = (request, response, next) => {
      this.#noteRoute(route, request);
      return call.call(entry, request, response, next);
    };
  }

  #noteRoute(route: Route, request: RoutedRequest): void {
    this.#adoptChanges(route.stack);
    const x = findExchange(request);
    if (x !== undefined) x.knownRoute = formatRoute(x.mount, request.baseUrl ?? "", route.path);
  }

  #watchErrorHandler(entry: StackEntry): void {
    const key = entry.handleError === undefined ? "handle_error" : "handleError";
    const original = entry[key];
    if (original === undefined) return;
    const observe = this.#observeError.bind(this);
    entry[key] = function observedHandler(this: StackEntry, error, request, response, next) {
      return observe(error, request, () => original.call(this, error, request, response, next), next);
    };
  }

  /** Goes on at once, as Express would; later only where delivery is waited for. What is thrown then goes to `next`, as Express hands it. */
  #observeError(error: unknown, request: RoutedRequest, proceed: () => unknown, next: Next): unknown {
    const x = findExchange(request);
    if (x === undefined) return proceed();
    const { reply, held } = this.#observe(x, error);
    if (held === undefined) return tryReply(x, reply) ? undefined : proceed();
    void proceedAfter(held, x, reply, proceed, next);
    return undefined;
  }
}

async function proceedAfter(
  held: Promise<void>,
  x: NodeExchange,
  reply: EarlyReply | undefined,
  proceed: () => unknown,
  next: Next,
): Promise<void> {
  await held;
  try {
    if (!tryReply(x, reply)) proceed();
  } catch (error) {
    next(error);
  }
}

function tryReply(x: NodeExchange, reply: EarlyReply | undefined): boolean {
  return reply !== undefined && x.rawResponse !== undefined && trySendReply(x, x.rawResponse, reply);
}

/** Whether this middleware is the first in the app's router, and there for every path. */
export function beginsWith(app: object, middleware: unknown): boolean {
  const is4 = isExpress4(app);
  const router = Reflect.get(app, is4 ? "_router" : "router") as Router | undefined;
  const entry = router?.stack[is4 ? OWN_ENTRIES_OF_EXPRESS_4 : 0];
  return entry?.handle === middleware && (is4 ? entry?.regexp?.fast_slash : entry?.slash) === true;
}

/** Whether the server calls this app itself: nobody outside of it answers. */
function servesAlone(app: object, request: RoutedRequest): boolean {
  const server = serverOf(request);
  return server instanceof EventEmitter && server.listeners("request").some((listener) => listener === app);
}

function requestKeyOf(entry: StackEntry): "handleRequest" | "handle_request" {
  return entry.handleRequest === undefined ? "handle_request" : "handleRequest";
}

function isCovered(request: object): boolean {
  return (request as CoveredRequest)[COVERED] === true;
}

function findExchange(request: object): NodeExchange | undefined {
  const x = exchangeOf(request);
  return x instanceof NodeExchange ? x : undefined;
}

function formatRoute(mount: NodeExchange["mount"], base: string, path: unknown): string {
  const own = Array.isArray(path) ? path.map(String).join("|") : String(path);
  const prefix = mount !== undefined && mount.base === base ? mount.template : base;
  if (prefix === "") return own;
  return own === "/" ? prefix : prefix + own;
}
