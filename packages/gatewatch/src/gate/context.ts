import { AsyncLocalStorage } from "node:async_hooks";
import type { Exchange } from "./exchange.ts";

/** Where all copies of this package in a process meet; the number changes with what an exchange promises. */
const CONTEXT = Symbol.for("gatewatch.context.1");
const shared = globalThis as { [CONTEXT]?: AsyncLocalStorage<Exchange> };
const storage = (shared[CONTEXT] ??= new AsyncLocalStorage<Exchange>());
/**
 * For code that holds the request but was called from outside its asynchronous context. A property rather than a WeakMap, whose entries
 * cost the garbage collector more than all else that is done for a request. A second copy of this package finds what the first has bound, and makes
 * no exchange of its own.
 */
const EXCHANGE = Symbol.for("gatewatch.exchange.1");

/** Runs `call(...args)` inside the exchange's context and returns what it returns; arguments rather than a closure, since this runs for every request. */
export function runInExchange<A extends unknown[], R>(x: Exchange, call: (...args: A) => R, ...args: A): R {
  return storage.run(x, call, ...args);
}

/** The exchange that the running code belongs to. */
export function currentExchange(): Exchange | undefined {
  return storage.getStore();
}

/** The exchange of a framework's request object. */
export function exchangeOf(request: object): Exchange | undefined {
  return (request as { [EXCHANGE]?: Exchange })[EXCHANGE];
}

export function bindExchange(request: object, x: Exchange): void {
  (request as { [EXCHANGE]?: Exchange })[EXCHANGE] = x;
}
