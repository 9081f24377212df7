import type { Exchange } from "./exchange.ts";

/** What a layer keeps with an exchange. */
export interface Slot<T> {
  get(x: Exchange): T | undefined;
  set(x: Exchange, value: T): void;
}

/** A property of the exchange that only its owner can name; a WeakMap's entries would cost the garbage collector more than all else here. */
export function createSlot<T>(name: string): Slot<T> {
  const key = Symbol(`gatewatch.${name}`);
  return {
    get: (x) => (x as { [key]?: T })[key],
    set(x, value) {
      (x as { [key]?: T })[key] = value;
    },
  };
}
