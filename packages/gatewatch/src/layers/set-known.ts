import type { ResponseHead } from "../gate/exchange.ts";

/** Sets a header whose name and value are known to be valid, as quickly as this head can. */
export function setKnown(head: ResponseHead, lower: string, name: string, value: string): void {
  if (head.setKnown === undefined) head.set(name, value);
  else head.setKnown(lower, name, value);
}
