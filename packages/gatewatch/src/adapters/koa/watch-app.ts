import type { Context, Middleware, Next } from "koa";
import { exchangeOf } from "../../gate/context.ts";
import type { GateCore } from "../../gate/gate-core.ts";
import { NodeExchange } from "../../gate/node/node-exchange.ts";
import { tellContext } from "./pass-context.ts";

type Emit = (this: object, event: string | symbol, ...args: unknown[]) => boolean;
type Nested = Middleware | readonly Nested[];
type Compose = (middleware: readonly Nested[]) => unknown;

/** What Koa puts in the place of something thrown that is no error. */
const WRAPPED = "non-error thrown: ";

/**
 * Sees what this one app tells its `error` listeners. A listener of our own would keep Koa from printing errors, which it does as long as
 * there is none.
 */
export function watchApp(core: GateCore, app: object): void {
  const emit = Reflect.get(app, "emit") as Emit;
  const observedEmit: Emit = function observedEmit(event, ...args) {
    if (event === "error") seeEmitted(core, args[0], args[1]);
    return emit.call(this, event, ...args);
  };
  Reflect.set(app, "emit", observedEmit);
}

/** Sees the errors that leave each single middleware of this one app, whoever catches them. Koa composes its middleware once, in `callback`. */
export function watchMiddleware(core: GateCore, app: object): void {
  const compose = Reflect.get(app, "compose") as Compose;
  const watch = (middleware: Nested): Nested =>
    typeof middleware === "function" ? watchOne(core, middleware) : middleware.map(watch);
  Reflect.set(app, "compose", (middleware: readonly Nested[]) =>
    compose(Array.isArray(middleware) ? middleware.map(watch) : middleware),
  );
}

function watchOne(core: GateCore, middleware: Middleware): Middleware {
  // What is no function is refused by Koa, in its own words.
  return function watchedMiddleware(context: Context, next: Next) {
    const result: unknown = middleware(context as never, next);
    if (!(result instanceof Promise)) return result;
    return result.then(undefined, async (error: unknown) => {
      const x = exchangeOf(context.req);
      if (x instanceof NodeExchange) await tellContext(core, x, context, error);
      throw error;
    });
  };
}

function seeEmitted(core: GateCore, error: unknown, context: unknown): void {
  try {
    const request = typeof context === "object" && context !== null && "req" in context ? context.req : undefined;
    const x = typeof request === "object" && request !== null ? exchangeOf(request) : undefined;
    if (!(x instanceof NodeExchange) || isWrapped(x, error)) return;
    // Koa tells of clients that have gone away as of errors.
    if (x.request.socket?.errored !== error) x.fail(error, "rejection");
  } catch (failure) {
    core.gate.guard.failed("koa", "emit", failure);
  }
}

/** Whether this stands for what was seen before as it was thrown. */
function isWrapped(x: NodeExchange, error: unknown): boolean {
  return x.seenErrors !== undefined && error instanceof Error && error.message.startsWith(WRAPPED);
}
