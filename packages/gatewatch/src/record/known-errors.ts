import type { Exchange } from "../gate/exchange.ts";

/** Remembers what was made of an error, without keeping the error alive. */
export interface KnownErrors<T> {
  find(error: unknown, x: Exchange | undefined): T | undefined;
  add(error: unknown, x: Exchange | undefined, value: T): void;
}

interface Entry<T> {
  exchange: WeakRef<Exchange> | undefined;
  value: T;
}

/** Objects are known by themselves; things that are not objects only within their exchange. */
export function createKnownErrors<T>(): KnownErrors<T> {
  const objects = new WeakMap<object, Entry<T>>();
  const primitives = new WeakMap<Exchange, Map<unknown, T>>();
  return {
    find(error, x) {
      if (!isObject(error)) return x === undefined ? undefined : primitives.get(x)?.get(error);
      const entry = objects.get(error);
      // One object thrown in two exchanges, such as a rejected promise that is cached, happened twice.
      const other = entry?.exchange?.deref();
      return x !== undefined && other !== undefined && other !== x ? undefined : entry?.value;
    },
    add(error, x, value) {
      if (isObject(error)) {
        objects.set(error, { exchange: x === undefined ? undefined : new WeakRef(x), value });
      } else if (x !== undefined) {
        primitives.set(x, (primitives.get(x) ?? new Map<unknown, T>()).set(error, value));
      }
    },
  };
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
