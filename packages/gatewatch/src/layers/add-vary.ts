import type { ResponseHead } from "../gate/exchange.ts";
import { cacheByText } from "../gate/cache-by-text.ts";
import { setKnown } from "./set-known.ts";

/** For each name that is added: what becomes of the lists that are met. */
const additions = new Map<string, (present: string) => string>();

/** Adds a field name to `Vary` unless it is there already, or `*` is. */
export function addVary(head: ResponseHead, name: string): void {
  const present = head.get("vary");
  if (present === undefined || present === "") {
    setKnown(head, "vary", "Vary", name);
    return;
  }
  if (present === name) return;
  let add = additions.get(name);
  if (add === undefined) {
    add = cacheByText((list) => (hasMember(list, name) ? list : `${list}, ${name}`));
    additions.set(name, add);
  }
  const extended = add(present);
  // What stood there was checked when it was set.
  if (extended !== present) setKnown(head, "vary", "Vary", extended);
}

function hasMember(list: string, name: string): boolean {
  const wanted = name.toLowerCase();
  return list.split(",").some((item) => {
    const member = item.trim().toLowerCase();
    return member === wanted || member === "*";
  });
}
