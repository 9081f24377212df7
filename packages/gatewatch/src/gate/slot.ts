import type { Exchange } from "./exchange.ts";

/** What a layer keeps with an exchange. */
export interface Slot<T> {
  get(x: Exchange): T | undefined;
  set(x: Exchange, value: T): void;
}

/** Where an exchange keeps what its layers keep with it. */
export const SLOTS = Symbol("gatewatch.slots");
interface Slotted {
  [SLOTS]?: unknown[] | undefined;
}

/** Slots beyond these belong to layers of single routes: an exchange meets few of them. */
const MAX_PLACES = 24;
const EMPTY = Array.from<unknown>({ length: MAX_PLACES }).fill(undefined);
let places = 0;

/**
 * A value on the exchange that only its owner can name; a WeakMap's entries would cost the garbage collector more than all else here, and a
 * property for each slot would make the exchanges of all requests differ in shape.
 */
export function createSlot<T>(name: string): Slot<T> {
  return places < MAX_PLACES ? new PlaceSlot<T>(places++) : createPropertySlot<T>(name);
}

class PlaceSlot<T> implements Slot<T> {
  readonly #place: number;

  constructor(place: number) {
    this.#place = place;
  }

  get(x: Exchange): T | undefined {
    const slots = (x as Slotted)[SLOTS];
    return slots === undefined ? undefined : (slots[this.#place] as T | undefined);
  }

  set(x: Exchange, value: T): void {
    const slots = ((x as Slotted)[SLOTS] ??= EMPTY.slice());
    slots[this.#place] = value;
  }
}

function createPropertySlot<T>(name: string): Slot<T> {
  const key = Symbol(`gatewatch.${name}`);
  return {
    get: (x) => (x as { [key]?: T })[key],
    set(x, value) {
      (x as { [key]?: T })[key] = value;
    },
  };
}
