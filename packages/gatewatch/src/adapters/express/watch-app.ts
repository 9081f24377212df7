import type { IncomingMessage } from "node:http";
import { exchangeOf } from "../../gate/context.ts";
import { NodeExchange } from "../../gate/node/node-exchange.ts";
import { joinMount } from "./join-mount.ts";

/** The parts of Express that are looked at: the same in routers, sub-routers and routes. */
type Handler = (...args: unknown[]) => unknown;
interface StackEntry {
  handle: Handler & Partial<Router>;
  route?: Route | undefined;
  handleError?: ErrorCall;
}
interface Router {
  stack: StackEntry[];
  handle(...args: unknown[]): unknown;
  use(...handlers: unknown[]): unknown;
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
type ErrorCall = (error: unknown, request: RoutedRequest, response: unknown, next: (error: unknown) => void) => unknown;

/** Told about each error before the app's handler gets it; a promise delays that handler. */
export type ErrorObserver = (x: NodeExchange, error: unknown) => Promise<void> | undefined;

/**
 * Watches the routers of one app: which route runs, and which errors reach an error handler or nobody. Only objects of this app are
 * touched (entries of its stacks), never Express itself; entries added later are found when the stack has changed.
 */
export class AppWatch {
  readonly #observe: ErrorObserver;
  readonly #seenLengths = new WeakMap<object, number>();
  readonly #seenEntries = new WeakSet<object>();
  #last: StackEntry | undefined;
  #router: Router | undefined;

  constructor(observe: ErrorObserver) {
    this.#observe = observe;
  }

  /** To be called for every request: two comparisons when nothing has changed. */
  follow(app: object): void {
    this.#router ??= Reflect.get(app, "router") as Router | undefined;
    const router = this.#router;
    if (router === undefined) return;
    const { stack } = router;
    if (this.#last !== undefined && stack.at(-1) === this.#last && this.#seenLengths.get(stack) === stack.length)
      return;
    this.#keepLast(router);
    this.#adopt(stack);
  }

  /** The app's last error handler is ours: it sees what nobody handled, and hands it on. */
  #keepLast(router: Router): void {
    const { stack } = router;
    if (this.#last === undefined) {
      const observe = this.#observeError.bind(this);
      router.use(function gatewatch(
        error: unknown,
        request: RoutedRequest,
        _response: unknown,
        next: (e: unknown) => void,
      ) {
        observe(error, request, () => next(error));
      });
      this.#last = stack.at(-1);
      if (this.#last !== undefined) this.#seenEntries.add(this.#last);
      return;
    }
    const index = stack.indexOf(this.#last);
    if (index !== -1) stack.splice(index, 1);
    stack.push(this.#last);
  }

  #adopt(stack: StackEntry[]): void {
    this.#seenLengths.set(stack, stack.length);
    for (const entry of stack) {
      if (this.#seenEntries.has(entry)) continue;
      this.#seenEntries.add(entry);
      if (entry.route !== undefined && entry.route !== null) this.#watchRoute(entry.route);
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

  #watchRoute(route: Route): void {
    this.#adopt(route.stack);
    const { dispatch } = route;
    route.dispatch = (...args: unknown[]) => {
      this.#adoptChanges(route.stack);
      const request = args[0] as RoutedRequest;
      const x = findExchange(request);
      if (x !== undefined) x.knownRoute = formatRoute(x.mount, request.baseUrl ?? "", route.path);
      return dispatch.apply(route, args);
    };
  }

  #watchErrorHandler(entry: StackEntry): void {
    const original = entry.handleError;
    if (original === undefined) return;
    const observe = this.#observeError.bind(this);
    entry.handleError = function observedHandler(this: StackEntry, error, request, response, next) {
      observe(error, request, () => original.call(this, error, request, response, next));
    };
  }

  #observeError(error: unknown, request: RoutedRequest, proceed: () => unknown): void {
    const x = findExchange(request);
    const held = x === undefined ? undefined : this.#observe(x, error);
    if (held === undefined) proceed();
    else void proceedAfter(held, proceed);
  }
}

async function proceedAfter(held: Promise<void>, proceed: () => unknown): Promise<void> {
  await held;
  proceed();
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
