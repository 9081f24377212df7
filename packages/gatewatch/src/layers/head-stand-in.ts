import type { ResponseHead } from "../gate/exchange.ts";

/** A head without a socket, for layers under test. */
export function createHeadStandIn(headers: Record<string, string | readonly string[]> = {}, status = 200): HeadStandIn {
  const lines = new Map<string, [name: string, value: string | readonly string[]]>();
  const head: HeadStandIn = {
    status,
    sent: false,
    get: (name) => {
      const value = lines.get(name.toLowerCase())?.[1];
      return value === undefined || typeof value === "string" ? value : value.join(", ");
    },
    entries: () => lines.values(),
    has: (name) => lines.has(name.toLowerCase()),
    set: (name, value) => void lines.set(name.toLowerCase(), [name, value]),
    append(name, value) {
      const present = head.get(name);
      head.set(name, present === undefined ? value : `${present}, ${value}`);
    },
    remove: (name) => void lines.delete(name.toLowerCase()),
    all: () => Object.fromEntries([...lines].map(([lower]) => [lower, head.get(lower)!])),
  };
  for (const [name, value] of Object.entries(headers)) head.set(name, value);
  return head;
}

export interface HeadStandIn extends ResponseHead {
  /** Everything by lower-case names. */
  all(): Record<string, string>;
}
