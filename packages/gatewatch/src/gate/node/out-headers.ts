import type { ServerResponse } from "node:http";
import { Socket } from "node:net";
import * as http from "./node-http.ts";
import type { FixedHeader } from "../exchange.ts";

/** Node's own table of the headers to send, by lower-case names. */
export type OutHeaders = Record<string, [name: string, value: unknown] | undefined>;

/**
 * Where a response keeps the headers to send. `setHeader` checks name and value each time, which costs five times as much as the entry itself;
 * for headers that were checked at start the entry alone is enough. Undefined in a Node whose responses look otherwise: then `setHeader` is used.
 */
const TABLE = findTable();

/** The table of this response, made when it has none; undefined when it cannot be written to like that. */
export function outHeadersOf(response: ServerResponse): OutHeaders | undefined {
  if (TABLE === undefined) return undefined;
  const holder = response as unknown as Record<symbol, OutHeaders | null | undefined>;
  const table = holder[TABLE];
  return table === null ? (holder[TABLE] = newTable()) : table;
}

/** What `getHeader` says, without its checks. */
export function readOutHeader(response: ServerResponse, name: string): unknown {
  const table =
    TABLE === undefined ? undefined : (response as unknown as Record<symbol, OutHeaders | null | undefined>)[TABLE];
  if (table === undefined) return response.getHeader(name);
  if (table === null) return undefined;
  const entry = table[name];
  if (entry !== undefined) return entry[1];
  const lower = name.toLowerCase();
  return lower === name ? undefined : table[lower]?.[1];
}

function newTable(): OutHeaders {
  return { __proto__: null } as unknown as OutHeaders;
}

/** Sets `headers` in the place of those that are there; false when this response cannot be written to like that. */
export function tryPutHeaders(response: ServerResponse, headers: readonly FixedHeader[]): boolean {
  const [first] = headers;
  if (TABLE === undefined || first === undefined) return false;
  const tables = response as unknown as Record<symbol, OutHeaders | null | undefined>;
  // Node makes the table with the first header.
  if (!tables[TABLE]) response.setHeader(first.name, first.value);
  const table = tables[TABLE];
  if (table === null || table === undefined) return false;
  for (let index = 0; index < headers.length; index++) {
    const { lower, name, value } = headers[index]!;
    table[lower] = [name, value];
  }
  return true;
}

/** Whether no header has been set; false where that cannot be seen. */
export function hasNoHeaders(response: ServerResponse): boolean {
  return TABLE !== undefined && (response as unknown as Record<symbol, OutHeaders | null | undefined>)[TABLE] === null;
}

/** Tried out on a response of our own: an entry made by us must be read by Node, and the other way round. */
function findTable(): symbol | undefined {
  try {
    const response = new http.ServerResponse(new http.IncomingMessage(new Socket()));
    const fresh = new http.ServerResponse(new http.IncomingMessage(new Socket()));
    response.setHeader("X-Probe", "1");
    for (const key of Object.getOwnPropertySymbols(response)) {
      const table: unknown = Reflect.get(response, key);
      if (typeof table !== "object" || table === null || !("x-probe" in table)) continue;
      const entry: unknown = table["x-probe"];
      if (!Array.isArray(entry) || entry.length !== 2 || entry[0] !== "X-Probe" || entry[1] !== "1") continue;
      (table as OutHeaders)["x-other"] = ["X-Other", "2"];
      const holder = fresh as unknown as Record<symbol, unknown>;
      if (response.getHeader("X-Other") !== "2" || holder[key] !== null) continue;
      holder[key] = Object.assign(newTable(), { "x-probe": ["X-Probe", "3"] });
      if (fresh.getHeader("X-Probe") === "3") return key;
    }
  } catch {
    // Whatever it looks like: `setHeader` works everywhere.
  }
  return undefined;
}
