import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import type { FixedHeader } from "../exchange.ts";

/** Node's own table of the headers to send, by lower-case names. */
type OutHeaders = Record<string, [name: string, value: unknown] | undefined>;

/**
 * Where a response keeps the headers to send. `setHeader` checks name and value each time, which costs five times as much as the entry itself;
 * for headers that were checked at start the entry alone is enough. Undefined in a Node whose responses look otherwise: then `setHeader` is used.
 */
const TABLE = findTable();

/** Adds those of `headers` that are absent; false when this response cannot be written to like that. */
export function tryAddHeaders(response: ServerResponse, headers: readonly FixedHeader[]): boolean {
  if (TABLE === undefined) return false;
  const table = (response as unknown as Record<symbol, OutHeaders | null | undefined>)[TABLE];
  if (table === null || table === undefined) return false;
  for (let index = 0; index < headers.length; index++) {
    const { lower, name, value } = headers[index]!;
    // A new entry each time: `appendHeader` writes into it.
    if (table[lower] === undefined) table[lower] = [name, value];
  }
  return true;
}

/** Tried out on a response of our own: an entry made by us must be read by Node, and the other way round. */
function findTable(): symbol | undefined {
  try {
    const response = new ServerResponse(new IncomingMessage(new Socket()));
    response.setHeader("X-Probe", "1");
    for (const key of Object.getOwnPropertySymbols(response)) {
      const table: unknown = Reflect.get(response, key);
      if (typeof table !== "object" || table === null || !("x-probe" in table)) continue;
      const entry: unknown = table["x-probe"];
      if (!Array.isArray(entry) || entry.length !== 2 || entry[0] !== "X-Probe" || entry[1] !== "1") continue;
      (table as OutHeaders)["x-other"] = ["X-Other", "2"];
      if (response.getHeader("X-Other") === "2") return key;
    }
  } catch {
    // Whatever it looks like: `setHeader` works everywhere.
  }
  return undefined;
}
