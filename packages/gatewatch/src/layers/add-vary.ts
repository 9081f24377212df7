import type { ResponseHead } from "../gate/exchange.ts";

/** Adds a field name to `Vary` unless it is there already, or `*` is. */
export function addVary(head: ResponseHead, name: string): void {
  const present = head.get("vary");
  if (present === undefined || present === "") head.set("Vary", name);
  else if (present !== name && !hasMember(present, name)) head.set("Vary", `${present}, ${name}`);
}

function hasMember(list: string, name: string): boolean {
  const wanted = name.toLowerCase();
  return list.split(",").some((item) => {
    const member = item.trim().toLowerCase();
    return member === wanted || member === "*";
  });
}
